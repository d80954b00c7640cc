"""Templates: each compiled once for each language, what never changes in that language already in its place.

A page says about a hundred fixed sentences; looked up while it was written they took a seventh of its time.
"""

from __future__ import annotations

from babel.support import NullTranslations
from flask import Flask
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer

from directory.pages.catalogues import sentences
from directory.pages.icons import icon
from directory.pages.language import ENGLISH, language


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
    """The compiler of templates; a constant sentence or icon is looked up while it compiles, values come in later."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's name
        super().visit_Template(_Filled(sentences(self.environment.language)).visit(node), frame)  # type: ignore[attr-defined]


class _Filled(NodeTransformer):
    def __init__(self, spoken: NullTranslations) -> None:
        self.spoken = spoken

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        if node.dyn_args or node.dyn_kwargs:
            return node
        match node:
            case nodes.Call(node=nodes.Name(name="icon"), args=[nodes.Const(value=str(drawn))]):
                return nodes.TemplateData(str(icon(drawn)))
            case nodes.Call(node=nodes.Name(name="_" | "gettext"), args=[nodes.Const(value=str(message))]):
                values: list[nodes.Node] = [nodes.Pair(nodes.Const(each.key), each.value) for each in node.kwargs]
                # Filled in even where there are no values, for %% stands for % in every sentence.
                return nodes.Mod(nodes.TemplateData(self.spoken.gettext(message)), nodes.Dict(values))
        return node
