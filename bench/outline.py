"""Outline one file, every section: our side of the outline measures."""

import gc
import sys
from pathlib import Path

from dispatch_lens.syntax import dump, outline

gc.set_threshold(200_000)  # As every command does.
text = Path(sys.argv[1]).read_text(encoding="utf-8")
for section in dump.sections(text):
    outline.outline(section.body(text))
