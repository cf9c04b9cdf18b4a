"""Parse each section of a dump through the compiler's bindings: their side of the dump measures."""

import re
import sys
from pathlib import Path

from iree.compiler import ir

text = Path(sys.argv[1]).read_text(encoding="utf-8")
with ir.Context() as context:
    context.allow_unregistered_dialects = True
    for section in re.split(r"(?m)^// -----.*$", text):
        try:
            ir.Module.parse(section)
        except ir.MLIRError:
            continue
