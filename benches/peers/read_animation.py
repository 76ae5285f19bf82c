"""Read a moving picture with Pillow: frames, durations, size, loop, and that its ends are the still pictures.

    pip install pillow
    embedding-playground render --lesson roses --out run.gif       # or run.apng
    embedding-playground render --lesson roses --step 0 --out first.png
    embedding-playground render --lesson roses --out last.png
    python3 read_animation.py run.gif first.png last.png
"""

import sys

from PIL import Image, ImageChops


def furthest(a, b):
    """Largest difference of a channel of two pictures, and the mean one."""
    difference = ImageChops.difference(a.convert("RGB"), b.convert("RGB"))
    numbers = difference.tobytes()
    return max(numbers), sum(numbers) / len(numbers)


def check_animation(path, first=None, last=None):
    """What Pillow finds in `path`; fails where it is no moving picture as it should be."""
    with Image.open(path) as picture:
        n_frames = getattr(picture, "n_frames", 1)
        durations, ends = [], []
        for index in range(n_frames):
            picture.seek(index)
            picture.load()
            durations.append(picture.info.get("duration", 0))
            if index in (0, n_frames - 1):
                ends.append(picture.convert("RGB"))
        found = {
            "format": picture.format,
            "size": picture.size,
            "frames": n_frames,
            "loop": picture.info.get("loop", 0),
            "milliseconds": sorted(set(durations[:-1])),
            "rest": durations[-1],
        }
    assert found["format"] in ("GIF", "PNG"), found
    assert found["loop"] == 0, "for ever"
    assert len(found["milliseconds"]) <= 1, "one pace"
    assert 1400 <= found["rest"] <= 1600, found
    # A GIF has 255 colours: soft edges are a little off; an APNG has the very pixels.
    most, mean = (40, 0.2) if found["format"] == "GIF" else (0, 0.0)
    for name, still, end in (("first", first, ends[0]), ("last", last, ends[-1])):
        if still is not None:
            with Image.open(still) as expected:
                assert expected.size == end.size, (name, expected.size, end.size)
                found[name] = furthest(end, expected)
                assert found[name][0] <= most and found[name][1] <= mean, (name, found[name])
    return found


if __name__ == "__main__":
    print(check_animation(*sys.argv[1:4]))
