"""Mutants of a module: one small fault each, made in its syntax tree.

Texts of messages, annotations and decorators are left as they are: no behaviour hangs on them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt},
    **{ast.Gt: ast.GtE, ast.GtE: ast.Gt},
}
NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    **{ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt},
    **{ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is},
    **{ast.In: ast.NotIn, ast.NotIn: ast.In},
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult},
    **{ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult},
    **{ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd},
}
OPPOSITE = {
    **{"min": "max", "minimum": "maximum", "argmin": "argmax", "any": "all", "floor": "ceil"},
    **{"max": "min", "maximum": "minimum", "argmax": "argmin", "all": "any", "ceil": "floor"},
}
UNTOUCHED = ("annotation", "returns", "decorator_list")


@dataclass(frozen=True)
class Mutant:
    """A module with one fault.

    Attributes:
        place: the function or class that it lies in, e.g. `Purse.reserve`; empty at the module's level.
        line: of the module as it is.
        before: what stood there.
        after: what stands there now.
        source: the whole module with the fault.
    """

    place: str
    line: int
    before: str
    after: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its text."""
    tree = ast.parse(source)
    original = ast.unparse(tree)
    return [mutant for mutant in _mutants(tree, tree, "") if mutant.source != original]


def _mutants(tree: ast.Module, node: ast.AST, place: str) -> Iterator[Mutant]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        place = f"{place}.{node.name}".lstrip(".")
    for field, value in ast.iter_fields(node):
        if field in UNTOUCHED:
            continue
        siblings = value if isinstance(value, list) else [value]
        for i, child in enumerate(siblings):
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr):
                continue
            for new in _alternatives(child, condition=field in ("test", "ifs")):
                _put(node, field, i, new)
                yield Mutant(place, _line(child), ast.unparse(child), ast.unparse(new), ast.unparse(tree))
                _put(node, field, i, child)
            yield from _mutants(tree, child, place)


def _put(node: ast.AST, field: str, i: int, child: ast.AST) -> None:
    """Set one child of a node, in the list that it stands in or by itself."""
    value = getattr(node, field)
    if isinstance(value, list):
        value[i] = child
    else:
        setattr(node, field, child)


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _alternatives(node: ast.AST, condition: bool) -> Iterator[ast.AST]:
    """What may stand in a node's place; `condition` says that it decides a branch."""
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            yield ast.BinOp(left, ARITHMETIC[type(op)](), right)
        case ast.AugAssign(target=target, op=op, value=value) if type(op) in ARITHMETIC:
            yield ast.AugAssign(target, ARITHMETIC[type(op)](), value)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in OPPOSITE:
            yield ast.Call(ast.Name(OPPOSITE[name]), args, keywords)
        case ast.Call(func=ast.Attribute(value=of, attr=name), args=args, keywords=keywords) if (
            name in OPPOSITE
        ):
            yield ast.Call(ast.Attribute(of, OPPOSITE[name]), args, keywords)
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.Raise():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case _:
            pass
    decides = isinstance(node, ast.BoolOp) or (condition and not isinstance(node, ast.Compare | ast.UnaryOp))
    if decides and isinstance(node, ast.expr):
        yield ast.UnaryOp(ast.Not(), node)


def _comparisons(node: ast.Compare) -> Iterator[ast.expr]:
    for i, op in enumerate(node.ops):
        if type(op) in BOUNDARY:
            ops = [*node.ops[:i], BOUNDARY[type(op)](), *node.ops[i + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)
    if len(node.ops) == 1:
        yield ast.Compare(node.left, [NEGATED[type(node.ops[0])]()], node.comparators)
    else:
        yield ast.UnaryOp(ast.Not(), node)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
