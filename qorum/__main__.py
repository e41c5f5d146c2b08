"""The command `qorum`: `qorum run`, `qorum train vqe` and the rest; `qorum --help` lists them.

The flows lie beside this package in a checkout, inside of it in a wheel (docs/adr/024); it imports neither.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec


def main() -> int:
    """Run what the command line names; return the exit status."""
    package = "qorum.flows" if find_spec("qorum.flows") else "flows"
    return import_module(f"{package}.front").main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
