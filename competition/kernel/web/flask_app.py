"""Flask with this site's templates, forms and converters."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request
from flask.templating import Environment
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.formparser import FormDataParser

from competition.kernel.text.numbers import Whole
from competition.kernel.web.template_environment import TranslatedEnvironment


class NullFreeParser(FormDataParser):
    """Reads a posted form without its null characters, which nobody types and PostgreSQL cannot store."""

    def parse(self, *arguments: Any, **options: Any) -> Any:
        stream, form, files = super().parse(*arguments, **options)
        return stream, _without_null(form), files


def _without_null(form: MultiDict[str, str]) -> MultiDict[str, str]:
    pairs = list(form.items(multi=True))
    if not any("\x00" in value for _name, value in pairs):
        return form
    return ImmutableMultiDict((name, value.replace("\x00", "")) for name, value in pairs)


class SiteRequest(Request):
    """A request whose form has no null characters."""

    form_data_parser_class = NullFreeParser


class Site(Flask):
    """The web application. Its templates know the reader's language."""

    jinja_environment: type[Environment] = TranslatedEnvironment
    request_class: type[Request] = SiteRequest

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.url_map.converters = {**self.url_map.converters, "int": Whole}
