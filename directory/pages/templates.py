"""Templates: each compiled once for each language, what never changes in that language already in its place.

A page says about a hundred fixed sentences. Looked up while it is written they took a seventh of its time, and cut its
text into ten times as many pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from directory.pages.catalogues import sentences
from directory.pages.icons import icon
from directory.pages.language import ENGLISH, language

Text = Callable[[str], Markup]


class SpokenEnvironment(Environment):
    """Flask's environment for templates in one language."""

    language = ENGLISH


class SpokenTemplates(Flask):
    """Flask whose templates speak the language of the request's address."""

    jinja_environment = SpokenEnvironment

    @property
    def jinja_env(self) -> SpokenEnvironment:
        """The environment of the language that is spoken now; filters and globals belong to all of them."""
        environments: dict[str, SpokenEnvironment] = self.extensions.setdefault("templates", {})
        spoken = language()
        if ENGLISH not in environments:
            environments[ENGLISH] = self.create_jinja_environment()  # type: ignore[assignment]
            environments[ENGLISH].code_generator_class = _Fixed
        if spoken not in environments:
            environments[spoken] = environments[ENGLISH].overlay()
            environments[spoken].language = spoken
        return environments[spoken]


class _Fixed(CodeGenerator):
    """The compiler of templates; calls of `_` and `icon` with nothing but a constant are done while it compiles."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's name
        spoken = sentences(self.environment.language)  # type: ignore[attr-defined]

        # The empty mapping turns %% into %, as a sentence with values does.
        def said(message: str) -> Markup:
            return Markup(spoken.gettext(message)) % {}  # noqa: S704 - translators' own words, read from our files

        super().visit_Template(_Filled({"_": said, "gettext": said, "icon": icon}).visit(node), frame)


class _Filled(NodeTransformer):
    def __init__(self, texts: Mapping[str, Text]) -> None:
        self.texts = texts

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        match node:
            case nodes.Call(node=nodes.Name(name=name), args=[nodes.Const(value=str(value))], kwargs=[]) if (
                name in self.texts and node.dyn_args is node.dyn_kwargs is None
            ):
                return nodes.TemplateData(str(self.texts[name](value)), lineno=node.lineno)
        return self.generic_visit(node)
