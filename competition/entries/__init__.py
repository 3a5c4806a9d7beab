"""Teams and their entries: drafts, attachments, the deadline, receipts."""
