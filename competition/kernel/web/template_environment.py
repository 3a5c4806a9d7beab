"""Jinja templates, compiled once per language.

A page has some forty sentences without values, ``_("Submit entry")``. They are translated when the template is
compiled, so they cost a page nothing; sentences with values go through Flask-Babel at each request. Looking up every
sentence at each request would add 15 to 30 % of processor time to a page of the workspace (13 µs a sentence).
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.sansio.app import App
from flask.templating import Environment
from flask_babel import get_translations, gettext
from jinja2 import Template, nodes, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.visitor import NodeTransformer
from markupsafe import escape

from competition.kernel.text import i18n


def init_app(app: Flask) -> None:
    """Give templates ``_``, ``gettext`` and ``ngettext``, which escape the sentence and its values in HTML."""
    app.jinja_env.globals.update(_=_gettext, gettext=_gettext, ngettext=_ngettext)


class TranslatedEnvironment(Environment):
    """Flask's Jinja environment with one compiled template per language of the reader."""

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app, cache_size=0, **options)  # Jinja's own cache knows no languages
        self._templates: dict[tuple[str, str], Template] = {}  # (language, name), as many as there are files

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own dictionary where a template has no further globals.

        At every ``{% from … import … %}`` Jinja compares the keys of the two templates' globals. With its ChainMaps
        that is a fifth of the function calls of a page of the workspace.
        """
        return super().make_globals(d) if d else self.globals

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """As Jinja's own, for the language of the reader."""
        if isinstance(name, Template):
            return name
        if self.loader is None:
            raise TypeError("no loader for this environment specified")
        if parent is not None:
            name = self.join_path(name, parent)
        key = (i18n.lang(), name)
        template = self._templates.get(key)
        if template is None or (self.auto_reload and not template.is_up_to_date):
            template = self._templates[key] = self.loader.load(self, name, self.make_globals(globals))
        return template

    def compile(self, source: str | nodes.Template, name: str | None = None, *rest: Any, **options: Any) -> Any:
        """As Jinja's own, with ``_("constant")`` replaced by its translation."""
        tree = self.parse(source, name) if isinstance(source, str) else source
        escaped = self.autoescape(name) if callable(self.autoescape) else self.autoescape
        return super().compile(_ConstantTranslator(escaped=escaped).visit(tree), name, *rest, **options)


class _ConstantTranslator(NodeTransformer):
    """Replaces ``_("constant")`` by its translation."""

    def __init__(self, *, escaped: bool) -> None:
        self.escaped = escaped

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        is_gettext = isinstance(node.node, nodes.Name) and node.node.name in ("_", "gettext") and len(node.args) == 1
        if not is_gettext or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        sentence = node.args[0]
        if not isinstance(sentence, nodes.Const):
            return node
        text = gettext(sentence.value)
        return nodes.Const((escape(text) if self.escaped else text) % {}, lineno=node.lineno)


@pass_eval_context
def _gettext(context: EvalContext, sentence: str, /, **values: Any) -> str:
    """The sentence in the reader's language; ``%(name)s`` filled with ``values``."""
    text: str = gettext(sentence)
    return (escape(text) if context.autoescape else text) % values


@pass_eval_context
def _ngettext(context: EvalContext, one: str, many: str, count: int, /, **values: Any) -> str:
    """The form that the language uses for ``count``, which is also ``%(num)s``."""
    values.setdefault("num", count)
    text: str = get_translations().ungettext(one, many, count)
    return (escape(text) if context.autoescape else text) % values
