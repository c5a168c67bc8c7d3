"""What every face of a value in the API's description is."""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise

from pydantic import BaseModel, ConfigDict


class Face(BaseModel):
    """What an answer holds. A text behind a field says what it is, in the description too."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


def said_of_fields() -> Mapping[type[Face], Mapping[str, str]]:
    """What the sources say of each field of each face, its own and what it has from others.

    pydantic would read them as each class is made, which took 0.3 s of every start; only
    whoever asks for the description wants to know.
    """
    faces = list(dict.fromkeys(_faces(Face)))
    own = {
        (module, name): said
        for module in sorted({kind.__module__ for kind in faces})
        for name, said in _said_in(inspect.getsource(sys.modules[module]))
    }
    return {
        kind: {
            name: text
            for base in reversed(kind.__mro__)
            for name, text in own.get((base.__module__, base.__name__), {}).items()
        }
        for kind in faces
    }


def _faces(kind: type[Face]) -> Iterator[type[Face]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _faces(sub)


def _said_in(source: str) -> Iterator[tuple[str, dict[str, str]]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield node.name, dict(_said_behind(node.body))


def _said_behind(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, behind in pairwise(body):
        match field, behind:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
