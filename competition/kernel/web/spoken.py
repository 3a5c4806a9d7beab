"""Templates, compiled once per language, with the parts that all pages share kept ready.

Three things cost a page more than its data did. A sentence without gaps, ``_("Submit entry")``, is translated when
the template is compiled; ``{% shell %}`` keeps a finished piece of a page and only fills its gaps; what a template
puts out is escaped by :meth:`SpokenEnvironment.shown`, which makes no new object of a text that is safe as it is.
"""

from __future__ import annotations

import itertools
import re
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from typing import Any

from flask.sansio.app import App
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from competition.kernel.text import i18n, phrases

MARK = "\x01"  # never in a text: control characters are stripped when typed
MOST_SHELLS = 512
_special = re.compile("[&<>\"']").search


class _Translate(NodeTransformer):
    """Puts the translation in the place of ``_("constant")``."""

    def __init__(self, *, escaped: bool) -> None:
        self.escaped = escaped

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        said = isinstance(node.node, nodes.Name) and node.node.name in ("_", "gettext") and len(node.args) == 1
        if not said or node.kwargs or node.dyn_args or node.dyn_kwargs or not isinstance(node.args[0], nodes.Const):
            return node
        return nodes.Const(phrases.say(node.args[0].value, escaped=self.escaped), lineno=node.lineno)


class _Generator(CodeGenerator):
    """Writes ``environment.shown(…)`` where Jinja writes ``escape(…)`` around what is put out."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.shown(")


class SpokenEnvironment(Environment):
    """Flask's environment, with one compiled template per language of the reader."""

    code_generator_class = _Generator

    @staticmethod
    def shown(value: Any) -> str:
        """A value as the page's text: the same characters as :func:`markupsafe.escape` gives."""
        kind = type(value)
        if kind is Markup:
            return value
        if kind is int:
            return str(value)
        if kind is str and _special(value) is None:
            return value
        return escape(value)

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app, cache_size=0, **options)
        self._spoken: dict[tuple[str, str], Template] = {}  # as many as there are files and languages

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own dictionary: Jinja compares its keys at every import, slowly if it is a chain."""
        return super().make_globals(d) if d else self.globals

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:
        assert self.loader is not None
        key = (i18n.lang(), name)
        found = self._spoken.get(key)
        if found is None or (self.auto_reload and not found.is_up_to_date):
            found = self._spoken[key] = self.loader.load(self, name, self.make_globals(globals))
        return found

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = Parser(self, source, name, filename).parse()
        escaped = self.autoescape(name) if callable(self.autoescape) else self.autoescape
        translated: nodes.Template = _Translate(escaped=escaped).visit(tree)
        return translated


class Shell(Extension):
    """``{% shell key, {gap: value} %}…{{ gap("name") }}…{% endshell %}``: a piece of a page that is kept.

    The key must hold everything that the piece depends on, apart from the language and its gaps.
    """

    tags = {"shell"}  # noqa: RUF012 - as Jinja declares it
    _numbers = itertools.count()

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._kept: OrderedDict[tuple[Any, ...], list[str]] = OrderedDict()
        environment.globals["gap"] = lambda name: Markup(f"{MARK}{name}{MARK}")  # noqa: S704 - a constant name

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        given = parser.parse_tuple()
        key, gaps = given.items if isinstance(given, nodes.Tuple) and len(given.items) == 2 else (None, None)
        if key is None or gaps is None:
            parser.fail("shell needs a key and a dictionary of its gaps", line)
        body = parser.parse_statements(("name:endshell",), drop_needle=True)
        call = self.call_method("fill", [nodes.Const(next(self._numbers)), key, gaps])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def fill(self, place: int, key: Any, gaps: dict[str, Any], caller: Callable[[], str]) -> Markup:
        """The kept piece, made by the first who asks for it; ``place`` differs per template and language."""
        pieces = self._kept.get((place, key))
        if pieces is None:
            pieces = str(caller()).split(MARK)
            self._kept[place, key] = pieces
            if len(self._kept) > MOST_SHELLS:
                self._kept.popitem(last=False)
        made, shown = pieces.copy(), SpokenEnvironment.shown
        made[1::2] = [shown(gaps[name]) for name in pieces[1::2]]
        return Markup("".join(made))  # noqa: S704 - our own template; every gap is escaped
