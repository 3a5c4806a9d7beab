"""Words of the judging slice: states, relations, warnings."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from competition.kernel.text import i18n

SEAT_STATES: dict[str, Any] = {
    "invited": _l("Invited"),
    "accepted": _l("Has accepted"),
    "declined": _l("Declined"),
    "removed": _l("Removed"),
}
PROGRESS: dict[str, Any] = {
    "assigned": _l("Not started"),
    "cleared": _l("Ready to score"),
    "draft": _l("In progress"),
    "ready": _l("Ready to submit"),
    "submitted": _l("Submitted"),
    "recused": _l("Recused"),
    "barred": _l("Barred by the organizers"),
    "tied": _l("Barred: a tie was found"),
    "voided": _l("Voided by the organizers"),
    "abstained": _l("Abstained"),
    "removed": _l("Taken back"),
    "withdrawn": _l("Withdrawn by the team"),
}
ELIGIBILITY_STATES: dict[str, Any] = {
    "open": _l("To check"),
    "asked": _l("Team asked"),
    "answered": _l("Team has answered"),
    "passed": _l("Passed"),
    "rejected": _l("Rejected"),
    "objected": _l("Team objects"),
    "upheld": _l("Rejection upheld"),
}
# The same states in the words for the team behind the entry.
OWN_ELIGIBILITY: dict[str, Any] = {
    "open": _l("The organizers are checking your entry. You need to do nothing now."),
    "asked": _l("Something is missing. Read what the organizers ask and answer in time."),
    "answered": _l("Your answer is with the organizers. You need to do nothing now."),
    "passed": _l("Your entry has passed and goes to the panel."),
    "rejected": _l("Your entry did not pass."),
    "objected": _l("Your objection is with the organizers. They decide again and reply to you."),
    "upheld": _l("Your entry did not pass. The organizers looked at your objection and stand by it."),
}
# What an organizer may answer, when a stage is to be closed, for a sheet that is missing or an entry below the quorum.
ANSWERS: dict[str, Any] = {
    "wait": _l("Wait"),
    "replace": _l("Replace the judge"),
    "without": _l("Close without"),
}
ATTENDANCE: dict[str, Any] = {
    "": _l("Not written down"),
    "present": _l("Came"),
    "late": _l("Came late"),
    "absent": _l("Did not come"),
}
# What a judge may declare; the first four are what most rules name outright.
RELATIONS: dict[str, Any] = {
    "employment": _l("Employment or office held, now or in the last two years"),
    "financial": _l("Shares, contracts or another financial tie"),
    "family": _l("Family or household"),
    "collaboration": _l("Joint work, now or in the last two years"),
    "rival": _l("Part of, or adviser to, a rival entry"),
    "other": _l("Another reason"),
}
# What a judge tells the organizer of an entry.
FLAGS: dict[str, Any] = {
    "cannot_open": _l("A file cannot be opened"),
    "identity": _l("It shows who the team is"),
    "scope": _l("It is outside the call"),
    "suspicious": _l("It looks copied, made up or against the rules"),
    "reopen": _l("Reopen my scores"),
}
FOUND: dict[str, Any] = {
    "member": _l("Member of the team"),
    "email_domain": _l("Same e-mail domain as the team"),
    "organisation": _l("Same organisation as the team"),
    "partner": _l("Organisation is a partner of the team"),
}
# Languages that judges may read: those of the platform, and others in which teams write.
LANGUAGES: dict[str, Any] = i18n.LANGUAGE_LABELS | {
    "ja": _l("Japanese"), "fr": _l("French"), "de": _l("German"), "es": _l("Spanish"), "pt": _l("Portuguese"),
}
FILE_REASONS: dict[str, Any] = {
    "type": _l("This type can’t be cleared of its metadata by us."),
    "locked": _l("The file is locked with a password."),
    "unreadable": _l("The file is broken: no copy without its hidden data can be made."),
    "embedded": _l("It holds another file of a kind that can’t be cleared of its metadata by us."),
    "hidden": _l("It has hidden slides, sheets, rows, columns, texts or shapes, which judges could show."),
    "tracks": _l("The film holds more than pictures and sound: places, sensor data, texts or chapters."),
    "layers": _l("It has layers that can be switched off; a copy would show all of them."),
    "large": _l("It is too large to be rewritten."),
    "failed": _l("The copy could not be made, through no fault of the file that we know of."),
    "": "",
}

# What a file that is shown as it is tells besides its content, by type; other types are told of in general.
AS_SENT: dict[str, Any] = {
    "application/zip": _l(
        "Judges get the archive as the team sent it, with the names and times of its files, its comments, and "
        "everything hidden in the files inside."
    ),
    "text/csv": _l("Judges get exactly the text that you read here; a text file holds nothing else."),
    "text/plain": _l("Judges get exactly the text that you read here; a text file holds nothing else."),
    "text/markdown": _l("Judges get exactly the text that you read here; a text file holds nothing else."),
}
AS_SENT_OTHERWISE = _l(
    "Judges get the file as the team sent it, with everything hidden in it: authors, organisation, programs, "
    "places, comments."
)


def as_sent(content_type: str) -> str:
    """What judges get when an organizer shows a file that could not be rewritten."""
    return str(AS_SENT.get(content_type, AS_SENT_OTHERWISE))


def relation_label(relation: str) -> str:
    label = RELATIONS.get(relation) or FOUND.get(relation)
    return str(label) if label is not None else relation


def progress_key(state: str, progress: str, *, conflict: str | None = None, voided: bool = False) -> str:
    """One word for an assignment's state and its sheet's: what pills and chips show.

    Parameters
    ----------
    conflict
        The kind of the conflict of interest with the entry, if there is one: a judge who did nothing has not recused.
    """
    if state == "recused":
        return {"challenged": "barred", "automatic": "tied"}.get(conflict or "", "recused")
    if state in {"abstained", "removed"}:
        return state
    if voided:
        return "voided"
    return progress if progress in {"draft", "submitted"} else state

