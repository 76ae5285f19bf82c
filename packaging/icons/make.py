#!/usr/bin/env python3
"""Makes the PNGs, the .ico (Windows) and the .icns (macOS) from embedding-playground.svg.

Needs rsvg-convert (Debian: librsvg2-bin) and nothing of Python's but what comes with it. Run it after the drawing
was changed, and commit what it wrote.
"""

import struct
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
NAME = "embedding-playground"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
# Names of icon types in .icns whose contents may be PNG, by pixels.
ICNS = {32: b"ic11", 64: b"ic12", 128: b"ic07", 256: b"ic08", 512: b"ic09"}
ICO = (16, 24, 32, 48, 64, 256)


def png(size: int) -> bytes:
    command = ["rsvg-convert", "--width", str(size), "--height", str(size), str(HERE / f"{NAME}.svg")]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def ico(pictures: dict[int, bytes]) -> bytes:
    head, body = struct.pack("<HHH", 0, 1, len(ICO)), b""
    start = len(head) + 16 * len(ICO)
    for size in ICO:
        # 0 means 256.
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(pictures[size]), start + len(body))
        body += pictures[size]
    return head + body


def icns(pictures: dict[int, bytes]) -> bytes:
    body = b"".join(kind + struct.pack(">I", 8 + len(pictures[size])) + pictures[size] for size, kind in ICNS.items())
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def main() -> None:
    pictures = {size: png(size) for size in SIZES}
    for size, picture in pictures.items():
        (HERE / f"{size}x{size}.png").write_bytes(picture)
    (HERE / f"{NAME}.ico").write_bytes(ico(pictures))
    (HERE / f"{NAME}.icns").write_bytes(icns(pictures))


if __name__ == "__main__":
    main()
