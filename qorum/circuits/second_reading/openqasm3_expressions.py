"""What OpenQASM 3 expressions are worth, and which qubits and bits an operand names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from qorum.circuits.second_reading.machine import Bit, Machine
from qorum.circuits.second_reading.openqasm3_grammar import Node
from qorum.circuits.second_reading.openqasm3_memory import MAX_REGISTER, Memory, Places, Routine, Variable
from qorum.circuits.second_reading.openqasm3_values import (
    CONSTANTS,
    Value,
    binary,
    fitted,
    function,
    number,
    truth,
    unary,
    whole,
)
from qorum.circuits.second_reading.tokens import Abstains


class Expressions(ABC):
    """Works out expressions and operands on a machine."""

    def __init__(self, machine: Machine, memory: Memory) -> None:
        self.machine, self.memory = machine, memory
        self.has_measured = self.has_returned_measurement = False

    @abstractmethod
    def execute(self, routine: Routine, scope: dict[str, Any]) -> Any:
        """Run a subroutine; None, bits or a value."""

    def type(self, node: Node) -> tuple[str, int | None]:
        """Name and width of a type."""
        name, size = node.parts
        width = None if size is None else self.whole(size)
        if width is not None and not 0 < width <= MAX_REGISTER:
            raise Abstains(f"a type of {width} bits")
        return name, width

    def whole(self, node: Node) -> int:
        """An expression where a whole number is needed."""
        return whole(self.value(node))

    def value(self, node: Node) -> Value:
        """What an expression is worth."""
        self.machine.step()
        match node.kind:
            case "number":
                return number(node.parts[0])
            case "brackets":
                return self.value(node.parts[0])
            case "string":
                text = node.parts[0]
                return Value("bits", len(text), int(text, 2))
            case "unary":
                return unary(node.parts[0], self.value(node.parts[1]))
            case "binary":
                return self._binary(*node.parts)
            case "cast":
                return self._cast(*node.parts)
            case "call":
                return self._function(node)
            case "name":
                return self._named(node)
            case "index":
                return self._number_of(self.places(node))
            case _:
                raise Abstains(f"{node.kind} as a value")

    def _binary(self, sign: str, left: Node, right: Node) -> Value:
        a, b = self.value(left), self.value(right)
        fraction = sign == "/" and a.kind == b.kind == "int" and b.value and a.value % b.value
        if fraction and _literal(left) and _literal(right):
            return Value("float", None, a.value / b.value)  # as 1/2 is meant in stdgates.inc
        return binary(sign, a, b)

    def _cast(self, kind: Node, inner: Node) -> Value:
        name, width = self.type(kind)
        value = self.value(inner)
        if name == "bit":
            return truth(value.value != 0) if width is None else fitted("bits", width, value)
        return fitted(name, width, value)

    def _function(self, node: Node) -> Value:
        name, arguments = node.parts
        if isinstance(self.memory.find(name), Routine):
            result = self.called(node)
            if isinstance(result, Value):
                return result
            if result is None:
                raise Abstains(f"{name} has no result")
            read = sum(self.machine.read(bit) << i for i, bit in enumerate(result))
            return truth(read != 0) if len(result) == 1 else Value("bits", len(result), read)
        return function(name, [self.value(argument) for argument in arguments])

    def _named(self, node: Node) -> Value:
        name = node.parts[0]
        found = self.memory.find(name)
        if isinstance(found, Variable):
            if found.value is None:
                raise Abstains(f"{name!r} has no value yet")
            return found.value
        if found is None and name in CONSTANTS:
            return Value("float", None, CONSTANTS[name])
        if found is None and name in ("true", "false"):
            return truth(name == "true")
        return self._number_of(self.places(node))

    def _number_of(self, places: Places) -> Value:
        if places.kind != "bit":
            raise Abstains("qubits as a value")
        read = [self.machine.read(self.memory.cells[cell]) << i for i, cell in enumerate(places.places)]
        return truth(sum(read) != 0) if places.single else Value("bits", len(read), sum(read))

    def called(self, node: Node) -> Any:
        """The result of a subroutine: None, a value, or bits."""
        if node.kind != "call":
            raise Abstains(f"{node.kind} as a statement")
        name, arguments = node.parts
        routine = self.memory.find(name)
        if not isinstance(routine, Routine) or len(routine.parameters) != len(arguments):
            raise Abstains(f"the subroutine {name!r} with {len(arguments)} arguments")
        scope: dict[str, Any] = {}
        for (kind, parameter), argument in zip(routine.parameters, arguments, strict=True):
            type_name, width = self.type(kind)
            if type_name == "qubit":
                found = self.qubits(argument)
                if len(found.places) != (1 if width is None else width):
                    raise Abstains("an argument of another size")
                scope[parameter] = Places("qubit", found.places, width is None)
            elif type_name == "bit":
                bits = self.bits(argument, 1 if width is None else width)
                scope[parameter] = Places("bit", self.memory.new_cells(bits, visible=False), width is None)
            else:
                value = fitted(type_name, width, self.value(argument))
                scope[parameter] = Variable(type_name, width, value, False)
        return self.execute(routine, scope)

    def measured(self, node: Node) -> list[Bit]:
        """Outcomes of a measurement."""
        self.has_measured = True
        return [self.machine.measure(qubit) for qubit in self.qubits(node.parts[0]).places]

    def bits(self, node: Node, count: int) -> list[Bit]:
        """What is assigned to so many bits; outcomes that nobody has read stay unread."""
        found = self._unread_bits(node)
        if found is None:
            value = self.value(node)
            one = count == 1 and value.kind in ("bool", "int") and value.value in (0, 1)
            if not (one or value.kind == "bits"):
                raise Abstains(f"a {value.kind} assigned to bits")
            found = list[Bit](int(value.value) >> i & 1 for i in range(1 if one else value.width or 1))
        if len(found) != count:
            raise Abstains(f"{len(found)} bits assigned to {count}")
        return found

    def _unread_bits(self, node: Node) -> list[Bit] | None:
        if node.kind == "measure":
            return self.measured(node)
        if node.kind == "call" and isinstance(self.memory.find(node.parts[0]), Routine):
            result = self.called(node)
            return result if isinstance(result, list) else None
        if node.kind in ("name", "index"):
            base = node if node.kind == "name" else node.parts[0]
            if isinstance(self.memory.find(base.parts[0]), Places):
                places = self.places(node)
                if places.kind == "bit":
                    return [self.memory.cells[cell] for cell in places.places]
        return None

    def qubits(self, node: Node) -> Places:
        """The qubits of an operand."""
        found = self.places(node)
        if found.kind != "qubit":
            raise Abstains("bits where qubits were expected")
        return found

    def places(self, node: Node) -> Places:
        """The qubits or bits that a name, perhaps with an index, stands for."""
        if node.kind == "index":
            return self._indexed(self.places(node.parts[0]), node.parts[1])
        if node.kind != "name":
            raise Abstains(f"{node.kind} where qubits or bits were expected")
        name = node.parts[0]
        if name.startswith("$"):
            if name not in self.memory.physical:
                self.memory.physical[name] = self.memory.new_qubits(1)[0]
            return Places("qubit", [self.memory.physical[name]], True)
        found = self.memory.find(name)
        if not isinstance(found, Places):
            raise Abstains(f"{name!r}")
        return found

    def _indexed(self, base: Places, items: list[Node]) -> Places:
        if base.single or len(items) != 1:
            raise Abstains("an index on a single qubit or bit, or several indices")
        item, size = items[0], len(base.places)
        if item.kind == "one":
            return Places(base.kind, [base.places[self._place(item.parts[0], size)]], True)
        if item.kind == "set":
            chosen = [self._place(each, size) for each in item.parts[0]]
        else:
            start, step, stop = item.parts
            stride = 1 if step is None else self.whole(step)
            if stride == 0:
                raise Abstains("a range of step 0")
            first = (0 if stride > 0 else size - 1) if start is None else self._place(start, size)
            last = (size - 1 if stride > 0 else 0) if stop is None else self._place(stop, size)
            chosen = list(range(first, last + (1 if stride > 0 else -1), stride))
        return Places(base.kind, [base.places[place] for place in chosen], False)

    def _place(self, node: Node, size: int) -> int:
        index = self.whole(node)
        if not -size <= index < size:
            raise Abstains(f"the index {index} in a register of {size}")
        return index % size

    def listed(self, node: Node) -> list[Value]:
        """The values of a loop's range or set."""
        if node.kind == "set":
            return [self.value(each) for each in node.parts[0]]
        start, step, stop = node.parts
        if node.kind != "range" or start is None or stop is None:
            raise Abstains("a range without both ends")
        stride = 1 if step is None else self.whole(step)
        if stride == 0:
            raise Abstains("a range of step 0")
        numbers = range(self.whole(start), self.whole(stop) + (1 if stride > 0 else -1), stride)
        if len(numbers) > 100_000:
            raise Abstains("a loop of more than 100,000 turns")
        return [Value("int", None, each) for each in numbers]


def _literal(node: Node) -> bool:
    if node.kind in ("brackets", "unary"):
        return _literal(node.parts[-1])
    return node.kind == "number"
