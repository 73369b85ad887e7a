#!/usr/bin/env python3
"""Makes C++ of the kernels' PTX, statement by statement, as NVIDIA's PTX ISA 8.0 defines each.

    ptx.py FOLDER kernels.ptx [CODE ...]

FOLDER gets kernels.h, data.cpp and a file for each function. CODE is other code of the same kernels;
data.cpp has the sums of all of it, so that what runs is known to be what it was made of. Registers,
local and shared memory are junk until they are written. What is not known ends it: nothing is guessed.
"""

import itertools
import os
import re
import sys

# What holds a register, by its type.
REGISTER = {"pred": "bool", "b16": "uint16_t", "b32": "uint32_t", "u32": "uint32_t", "b64": "uint64_t",
            "f32": "float", "f64": "double"}
# The type that an instruction takes its operands for.
TYPE = {"pred": "bool", "b8": "uint8_t", "u8": "uint8_t", "s8": "int8_t", "b16": "uint16_t",
        "u16": "uint16_t", "s16": "int16_t", "b32": "uint32_t", "u32": "uint32_t", "s32": "int32_t",
        "b64": "uint64_t", "u64": "uint64_t", "s64": "int64_t", "f32": "float", "f64": "double"}
BYTES = {kind: 1 if kind == "pred" else int(kind[1:]) // 8 for kind in TYPE}
FLOATS = ("f32", "f64")
# Each barrier has a number: all threads of a block come to the same one.
BARRIERS = itertools.count()
PLACES = {"%tid.x": "thread_number()", "%ntid.x": "thread_count()", "%ctaid.x": "block_number()"}


class Unknown(Exception):
    """Text that this translator has no rule for."""


def refuse(text):
    """Ends it."""
    sys.exit(f"ptx.py has no rule for: {' '.join(text.split())[:200]}")


def name(word):
    """A register, label or symbol as a name of C++."""
    return word.replace("%", "v_").replace("$", "")


def parts(text):
    """Splits at the commas that are in no brackets."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "{[(") - (letter in "}])")
        if letter == "," and depth == 0:
            found.append(text[start:at].strip())
            start = at + 1
    return found + [text[start:].strip()]


def group(word):
    """What stands in braces or parentheses."""
    return [part.strip() for part in word.strip()[1:-1].split(",") if part.strip()]


def value(word, kind):
    """An operand as an expression of a type."""
    into = TYPE[kind]
    if word in PLACES:
        return f"as<{into}>({PLACES[word]})"
    if word.startswith("%"):
        return f"as<{into}>({name(word)})"
    if re.fullmatch(r"0d[0-9A-Fa-f]{16}", word):
        return f"as<{into}>((uint64_t)0x{word[2:]}u)"
    if re.fullmatch(r"0f[0-9A-Fa-f]{8}", word):
        return f"as<{into}>((uint32_t)0x{word[2:]}u)"
    if re.fullmatch(r"-?\d+", word):
        return f"({into}){int(word) % 2**64}u"
    if re.fullmatch(r"[A-Za-z_$][\w$]*", word):
        return f"as<{into}>((uint64_t){name(word)})"
    raise Unknown


def address(word):
    """What brackets say."""
    found = re.fullmatch(r"\[([%\w$]+)(?:\+(-?\d+))?\]", word)
    if not found:
        raise Unknown
    return f"(uint64_t){name(found[1])} + ({found[2] or 0})"


class Instruction:
    """An opcode with its operands; `text` is what it does in C++."""

    def __init__(self, text):
        opcode, _, rest = text.partition(" ")
        self.verb, *words = opcode.split(".")
        self.kind = words[-1] if words and words[-1] in TYPE else None
        self.words = words[:-1] if self.kind else words
        self.operands = parts(rest) if rest else []
        rule = getattr(self, f"{self.verb}_", None)
        if not rule:
            raise Unknown
        self.text = rule()

    def of(self, number, kind=None):
        """An operand as a value."""
        return value(self.operands[number], kind or self.kind)

    def put(self, expression, register=None):
        """Puts a value into the first operand, or into another register."""
        return f"put({name(register or self.operands[0])}, {expression});"

    def result(self, expression):
        """Puts a value there as one of the instruction's type: integers wrap around."""
        return self.put(f"({TYPE[self.kind]})({expression})")

    def only(self, *words):
        """Holds the opcode to its words."""
        if self.words != list(words):
            raise Unknown

    def wide(self, number):
        """An integer in 64 bits."""
        return f"(uint64_t){self.of(number)}"

    # Flow.

    def ret_(self):
        self.only()
        return "return;"

    def bra_(self):
        if self.words not in ([], ["uni"]):
            raise Unknown
        return f"goto {name(self.operands[0])};"

    def call_(self):
        self.only("uni")
        returned = group(self.operands[0]) if self.operands[0].startswith("(") else ["nullptr"]
        function, *given = self.operands[1:] if returned != ["nullptr"] else self.operands
        passed = [name(word) for word in returned + [word for some in given for word in group(some)]]
        return f"{name(function)}({', '.join(passed)});"

    def bar_(self):
        self.only("red", "or")
        if self.operands[1] != "0":
            raise Unknown
        return self.put(f"any_thread({next(BARRIERS)}, {self.of(2)})")

    # Memory. All addresses are generic ones.

    def moved(self, registers):
        """The registers that are moved at once, with their places behind the address."""
        spaces = [word for word in self.words if word not in ("v2", "v4", "volatile", "nc")]
        if spaces not in ([], ["param"], ["global"], ["local"], ["shared"]):
            raise Unknown
        several = registers.startswith("{")
        registers = group(registers) if several else [registers]
        if several != (f"v{len(registers)}" in self.words):
            raise Unknown
        return [(register, number * BYTES[self.kind]) for number, register in enumerate(registers)]

    def at(self, word, moved):
        """The address, which has to be a multiple of all that is moved."""
        return f"const uint64_t at = aligned({address(word)}, {len(moved) * BYTES[self.kind]});"

    def ld_(self):
        to, given = self.operands
        moved = self.moved(to)
        loads = [self.put(f"load<{TYPE[self.kind]}>(at + {more})", register) for register, more in moved]
        return f"{{ {self.at(given, moved)} {' '.join(loads)} }}"

    def st_(self):
        to, given = self.operands
        moved = self.moved(given)
        stores = [f"store(at + {more}, {value(register, self.kind)});" for register, more in moved]
        return f"{{ {self.at(to, moved)} {' '.join(stores)} }}"

    def cvta_(self):
        if self.kind != "u64" or self.words[-1] not in ("global", "local", "param", "shared"):
            raise Unknown
        return self.put(self.of(1))

    # Moves, and what chooses between values.

    def mov_(self):
        self.only()
        to, given = self.operands
        if to.startswith("{"):
            lower, upper = group(to)
            half = {"b64": "uint32_t", "b32": "uint16_t"}[self.kind]
            whole = f"const {TYPE[self.kind]} whole = {self.of(1)};"
            rest = self.put(f"({half})(whole >> 8 * sizeof({half}))", upper)
            return f"{{ {whole} {self.put(f'({half})whole', lower)} {rest} }}"
        if given.startswith("{"):
            lower, upper = group(given)
            half = {"b64": "b32", "b32": "b16"}[self.kind]
            return self.result(f"{value(lower, half)} | (uint64_t){value(upper, half)} << {8 * BYTES[half]}")
        return self.put(self.of(1))

    def selp_(self):
        self.only()
        return self.put(f"{self.of(3, 'pred')} ? {self.of(1)} : {self.of(2)}")

    def setp_(self):
        (test,) = self.words
        a, b = self.of(1), self.of(2)
        ordered = {"eq": "==", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
        # Those that hold for what is no number, by the one that does not.
        otherwise = {"neu": "==", "ltu": ">=", "leu": ">", "gtu": "<=", "geu": "<"}
        if test in ordered:
            return self.put(f"{a} {ordered[test]} {b}")
        if test == "ne" and self.kind not in FLOATS:
            return self.put(f"{a} != {b}")
        if test in otherwise and self.kind in FLOATS:
            return self.put(f"!({a} {otherwise[test]} {b})")
        raise Unknown

    # Conversions: from an integer or to another precision to the nearest, as the processor does it.

    def cvt_(self):
        source, (*mode, to) = self.kind, self.words
        given = self.of(1)
        rounded = {"rzi": "std::trunc", "rni": "std::nearbyint", "rmi": "std::floor", "rpi": "std::ceil"}
        if source in FLOATS and len(mode) == 1 and mode[0] in rounded:
            whole = f"{rounded[mode[0]]}({given})"
            if to == source:
                return self.put(whole)
            if to not in FLOATS:
                return self.put(f"saturated<{TYPE[to]}>({whole})")
        if source in FLOATS and (to, mode) in (("f64", []), ("f32", ["rn"])) and to != source:
            return self.put(f"({TYPE[to]}){given}")
        if source not in FLOATS and mode == (["rn"] if to in FLOATS else []):
            return self.put(f"({TYPE[to]}){given}")
        raise Unknown

    # Arithmetic of floats, and of integers.

    def binary(self, sign):
        """a sign b; with a carry where the opcode has one."""
        if self.kind in FLOATS:
            self.only("rn")
            return self.put(f"{self.of(1)} {sign} {self.of(2)}")
        if self.words == ["cc"]:
            return self.carried(f"{self.wide(1)} {sign} {self.wide(2)}")
        self.only()
        return self.result(f"{self.wide(1)} {sign} {self.wide(2)}")

    def carried(self, total):
        """Puts the lower half, and keeps the carry where the opcode says so."""
        if self.kind != "u32":
            raise Unknown
        keep = "carry = total >> 32 & 1; " if "cc" in self.words else ""
        return f"{{ const uint64_t total = {total}; {keep}{self.put('(uint32_t)total')} }}"

    def with_carry(self, sign):
        """Takes the carry of the instruction before."""
        if self.words not in ([], ["cc"]):
            raise Unknown
        return self.carried(f"{self.wide(1)} {sign} {self.wide(2)} {sign} carry")

    def add_(self):
        return self.binary("+")

    def sub_(self):
        return self.binary("-")

    def addc_(self):
        return self.with_carry("+")

    def subc_(self):
        return self.with_carry("-")

    def mul_(self):
        if self.kind in FLOATS:
            return self.binary("*")
        if self.words == ["wide"]:
            double = f"{'' if self.kind[0] == 's' else 'u'}int{16 * BYTES[self.kind]}_t"
            return self.put(f"({double}){self.of(1)} * ({double}){self.of(2)}")
        if self.words == ["hi"]:
            return self.put(f"upper({self.of(1)}, {self.of(2)})")
        self.only("lo")
        return self.result(f"{self.wide(1)} * {self.wide(2)}")

    def product(self):
        """The half of a product that the opcode names, and what is added to it."""
        half = f"{self.wide(1)} * {self.wide(2)}"
        half = f"({half} >> 32)" if "hi" in self.words else f"(uint32_t)({half})"
        return f"(uint64_t){half} + {self.of(3)}"

    def mad_(self):
        if self.words == ["lo"]:
            return self.result(f"{self.wide(1)} * {self.wide(2)} + {self.wide(3)}")
        self.only("lo", "cc")
        return self.carried(self.product())

    def madc_(self):
        if self.words[0] not in ("lo", "hi") or self.words[1:] not in ([], ["cc"]):
            raise Unknown
        return self.carried(f"{self.product()} + carry")

    def fma_(self):
        self.only("rn")
        return self.put(f"std::fma({self.of(1)}, {self.of(2)}, {self.of(3)})")

    def div_(self):
        if self.kind == "f32" and self.words == ["approx"]:
            return self.put(f"approximate({self.of(1)}, {self.of(2)})")
        if self.kind in FLOATS:
            return self.binary("/")
        self.only()
        return self.put(f"quotient({self.of(1)}, {self.of(2)})")

    def rem_(self):
        self.only()
        return self.put(f"remainder_of({self.of(1)}, {self.of(2)})")

    def sqrt_(self):
        self.only("rn")
        return self.put(f"std::sqrt({self.of(1)})")

    def rcp_(self):
        self.only("rn")
        return self.put(f"1 / {self.of(1)}")

    def abs_(self):
        self.only()
        if self.kind not in FLOATS:
            raise Unknown
        return self.put(f"std::fabs({self.of(1)})")

    def neg_(self):
        self.only()
        return self.put(f"-{self.of(1)}") if self.kind in FLOATS else self.result(f"0 - {self.wide(1)}")

    def min_(self):
        self.only()
        return self.put(f"lesser({self.of(1)}, {self.of(2)})")

    def max_(self):
        self.only()
        return self.put(f"greater({self.of(1)}, {self.of(2)})")

    # Bits.

    def bitwise(self, sign):
        """a sign b, of predicates too."""
        self.only()
        return self.result(f"{self.of(1)} {sign} {self.of(2)}")

    def and_(self):
        return self.bitwise("&")

    def or_(self):
        return self.bitwise("|")

    def xor_(self):
        return self.bitwise("^")

    def not_(self):
        self.only()
        return self.put(f"!{self.of(1)}") if self.kind == "pred" else self.result(f"~{self.of(1)}")

    def shl_(self):
        self.only()
        return self.put(f"shifted_left({self.of(1)}, {self.of(2, 'u32')})")

    def shr_(self):
        self.only()
        return self.put(f"shifted_right({self.of(1)}, {self.of(2, 'u32')})")

    def clz_(self):
        self.only()
        return self.put(f"leading_zeros({self.of(1)})")


def declaration(text):
    """Registers of a scope, or memory of a function or a call; what is shared is set aside."""
    words = text.replace(",", " ").split()
    if words[0] == ".reg":
        kind, names = words[1][1:], []
        for word in words[2:]:
            many = re.fullmatch(r"(%\w+)<(\d+)>", word)
            names += [f"{name(many[1])}{number}" for number in range(int(many[2]))] if many else [name(word)]
        return " ".join(f"{REGISTER[kind]} {own} = junk<{REGISTER[kind]}>();" for own in names)
    found = re.fullmatch(r"\.(param|local) (?:\.align (\d+) )?\.(\w+)\s+([\w$]+)(?:\[(\d+)\])?", text)
    if not found:
        raise Unknown
    _, align, kind, own, count = found.groups()
    size = BYTES[kind] * int(count or 1)
    return f"alignas({align or size}) unsigned char {name(own)}[{size}]; spoil({name(own)}, {size});"


def statements(body):
    """The statements of a body; a brace at the start of one begins or ends a scope."""
    pattern = re.compile(r"\s*([{}]|[\w$]+:|[^;{}](?:[^;])*;)")
    at = 0
    while found := pattern.match(body, at):
        yield " ".join(found[1].split()).rstrip("; ")
        at = found.end()
    if body[at:].strip():
        refuse(body[at:])


def translated(text):
    """A statement as a line of C++."""
    if text in ("{", "}"):
        return text
    if text.endswith(":"):
        return f"{name(text)};"
    if text.startswith(".pragma"):
        return ""
    if text.startswith("."):
        return declaration(text)
    guard = re.match(r"@(!?)(%\w+) ", text)
    if guard:
        return f"if ({guard[1]}{name(guard[2])}) {{ {Instruction(text[guard.end():]).text} }}"
    return Instruction(text).text


class Object:
    """Memory that lives as long as the module, or as a block."""

    PATTERN = re.compile(r"\s*\.(global|const|shared)\s+(?:\.align (\d+) )?\.(\w+)\s+([\w$]+)"
                         r"(?:\[(\d+)\])?(?:\s*=\s*([^;]+))?;")

    def __init__(self, found):
        self.space, self.align, self.kind, own, count, self.given = found.groups()
        self.name, self.size = name(own), BYTES[self.kind] * int(count or 1)

    def declared(self):
        """Its kind and name. What threads share is the block's, which one thread runs."""
        if self.space == "shared":
            return f"thread_local unsigned char *{self.name}"
        return f"unsigned char {self.name}[{self.size}]"

    def defined(self):
        """Its definition with what it has at first."""
        given = (self.given or "").strip()
        if self.space == "shared":
            return f"{self.declared()} = nullptr;\n"
        if not given:
            data = ""
        elif given.startswith("{") and self.kind == "b8":
            data = " = " + given
        else:
            bits = int(given[2:], 16) if given[:2] in ("0d", "0f") else int(given) % 2**(8 * self.size)
            data = f" = {{{', '.join(str(byte) for byte in bits.to_bytes(self.size, 'little'))}}}"
        return f"alignas({self.align}) {self.declared()}{data};\n"


class Function:
    """A function or kernel. Parameters, and what is returned, are places in memory."""

    PATTERN = re.compile(r"\s*(?:\.visible\s+)?\.(func|entry)\s*(\([^()]*\))?\s*([\w$]+)\s*\(([^()]*)\)"
                         r"(?:\s*\.maxntid\s+(\d+), 1, 1)?(?:\s*\.minnctapersm\s+\d+)?\s*([;{])")

    def __init__(self, found):
        what, returned, own, given, threads, _ = found.groups()
        places = [" ".join(part.split()) for part in parts(given) if part.strip()]
        results = [" ".join(returned[1:-1].split())] if returned else [".param none"]
        self.name, self.is_kernel = name(own), what == "entry"
        names = [re.match(r".*?([\w$]+)(\[\d+\])?$", place)[1]
                 for place in ([] if self.is_kernel else results) + places]
        self.signature = f"void {self.name}({', '.join(f'unsigned char *{name(word)}' for word in names)})"
        self.parameters = int(re.search(r"\[(\d+)\]$", places[0])[1]) if self.is_kernel else 0
        # The most threads of a block: what a kernel does not say, all GPUs have.
        self.threads = int(threads or 1024)
        self.lines = None

    def row(self):
        """A kernel as the driver knows it."""
        return f'{{"{self.name}", {self.name}, {self.parameters}, {self.threads}}}'

    def write(self, file):
        """Writes its definition."""
        file.write(f'#include "kernels.h"\n{self.signature} {{\nuint32_t carry = junk<uint32_t>();\n')
        file.write("\n".join(self.lines) + "\n}\n")


class Module:
    """All of a text."""

    HEADER = re.compile(r"\s*\.version \d\.\d\s+\.target sm_\d+\s+\.address_size 64\b")

    def __init__(self, text):
        text = re.sub(r"//[^\n]*", "", text)
        self.objects, self.functions = [], {}
        header = self.HEADER.match(text) or refuse(text)
        at = header.end()
        while text[at:].strip():
            if found := Object.PATTERN.match(text, at):
                self.objects.append(Object(found))
                at = found.end()
            elif found := Function.PATTERN.match(text, at):
                at = self.read(text, found)
            else:
                refuse(text[at:])

    def read(self, text, found):
        """Takes a function, and says where it ends."""
        function = Function(found)
        function = self.functions.setdefault(function.name, function)
        if found[6] == ";":
            return found.end()
        end, depth = found.end(), 1
        while depth:
            brace = re.compile(r"[{}]").search(text, end)
            depth += 1 if brace[0] == "{" else -1
            end = brace.end()
        function.lines = []
        for statement in statements(text[found.end():end - 1]):
            # Memory that threads share is the block's, not the function's.
            if shared := Object.PATTERN.fullmatch(statement + ";"):
                self.objects.append(Object(shared))
                continue
            try:
                function.lines.append(translated(statement))
            except (Unknown, IndexError, KeyError, TypeError, ValueError):
                refuse(statement)
        return end

    def write(self, folder, sums):
        """Writes all files."""
        def file(own):
            return open(os.path.join(folder, own), "w", encoding="ascii")

        kernels = [function for function in self.functions.values() if function.is_kernel]
        with file("kernels.h") as header:
            header.write('#pragma once\n#include "ptx.h"\n')
            header.writelines(f"extern {own.declared()};\n" for own in self.objects)
            header.writelines(f"{function.signature};\n" for function in self.functions.values())
        with file("data.cpp") as data:
            data.write('#include "kernels.h"\n')
            data.writelines(own.defined() for own in self.objects)
            shared = [own for own in self.objects if own.space == "shared"]
            renewed = [f"renew_shared({own.name}, {own.size});" for own in shared]
            data.write(f"void renew_shared() {{ {' '.join(renewed)} }}\n")
            rows = ", ".join(kernel.row() for kernel in kernels)
            data.write(f"const std::vector<Kernel> KERNELS = {{{rows}}};\n")
            data.write(f"const std::vector<uint64_t> SUMS = {{{', '.join(f'{own}u' for own in sums)}}};\n")
        for number, function in enumerate(self.functions.values()):
            with file(f"function{number}.cpp") as source:
                function.write(source)


def sum_of(code):
    """The sum of bytes that `sum_of` in ptx.h has (FNV-1a)."""
    total = 0xCBF29CE484222325
    for byte in code:
        total = (total ^ byte) * 0x100000001B3 % 2**64
    return total


def main():
    """Translates what is named."""
    folder, *names = sys.argv[1:]
    codes = []
    for own in names:
        with open(own, "rb") as file:
            codes.append(file.read())
    Module(codes[0].decode("ascii")).write(folder, [sum_of(code) for code in codes])


if __name__ == "__main__":
    main()
