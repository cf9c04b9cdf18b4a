"""Packs the extension into a .vsix: a zip of the files that .vscodeignore lets in, with the two manifests that VS Code reads.

The walkthrough's pictures lie in docs/pictures and come along. Not the README's: the page of an extension shows those from https
addresses only (it drops relative links and data), `vsce` would make such addresses of a `repository` in package.json, and a package
that is built from a checkout has none.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

CLIENT = Path(__file__).parents[1]
PICTURE = re.compile(r"(!\[[^\]]*\])\((?:\.\./)+docs/(pictures/[\w.-]+)\)")
CONTENT_TYPES = """<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="vsixmanifest" ContentType="text/xml"/>{types}
</Types>
"""
MANIFEST = """<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
<Metadata>
<Identity Language="en-US" Id={name} Version={version} Publisher={publisher}/>
<DisplayName>{title}</DisplayName>
<Description xml:space="preserve">{description}</Description>
<Tags>{tags}</Tags>
<Categories>{categories}</Categories>
<Properties>
<Property Id="Microsoft.VisualStudio.Code.Engine" Value={engine}/>
<Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value={kind}/>
</Properties>
<Icon>extension/{icon}</Icon>
</Metadata>
<Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
<Dependencies/>
<Assets>
<Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
<Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true"/>
<Asset Type="Microsoft.VisualStudio.Services.Content.Changelog" Path="extension/CHANGELOG.md" Addressable="true"/>
<Asset Type="Microsoft.VisualStudio.Services.Icons.Default" Path="extension/{icon}" Addressable="true"/>
</Assets>
</PackageManifest>
"""


def main(target: Path) -> None:
    package = json.loads((CLIENT / "package.json").read_text())
    files = {path.relative_to(CLIENT).as_posix(): path.read_bytes() for path in sorted(listed()) if path.is_file()}
    files["README.md"] = re.sub(rf"{PICTURE.pattern}\n+", "", files["README.md"].decode()).encode()
    for page in [name for name in files if name.startswith("walkthrough/")]:
        text = files[page].decode()
        files |= {name: (CLIENT.parent / "docs" / name).read_bytes() for _, name in PICTURE.findall(text)}
        files[page] = PICTURE.sub(r"\1(../\2)", text).encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("extension.vsixmanifest", manifest(package))
        archive.writestr("[Content_Types].xml", content_types(files))
        for name, content in files.items():
            archive.writestr(f"extension/{name}", content)
    print(f"{target}: {len(files)} files, {target.stat().st_size / 1e6:.1f} MB")


def listed() -> set[Path]:
    """Everything is ignored but what a line with `!` names; a line without one takes away again."""
    found: set[Path] = set()
    for line in (CLIENT / ".vscodeignore").read_text().split():
        if line.startswith("!"):
            found |= set(CLIENT.glob(line[1:] + "/*" if line.endswith("**") else line[1:]))
        else:
            found = {path for path in found if not fnmatch(path.relative_to(CLIENT).as_posix(), line)}
    return found


def manifest(package: dict[str, Any]) -> str:
    attributes = {key: quoteattr(str(package[key])) for key in ("name", "version", "publisher")}
    texts = {"title": package["displayName"], "description": package["description"], "icon": package["icon"]}
    lists = {key: escape(",".join(package[source])) for key, source in (("tags", "keywords"), ("categories", "categories"))}
    engine, kind = quoteattr(package["engines"]["vscode"]), quoteattr(",".join(package["extensionKind"]))
    escaped = {key: escape(str(text)) for key, text in texts.items()}
    return MANIFEST.format(**attributes, **escaped, **lists, engine=engine, kind=kind)


def content_types(names: Iterable[str]) -> str:
    endings = sorted({Path(name).suffix for name in names} - {""})
    types = (f'<Default Extension={quoteattr(ending[1:])} ContentType="application/octet-stream"/>' for ending in endings)
    return CONTENT_TYPES.format(types="".join(types))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
