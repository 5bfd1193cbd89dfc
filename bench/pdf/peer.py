"""The peer: reads one task a line, does it, answers with the processor time it took. Debian's python3-fitz, Pillow where installed."""

import json
import os
import resource
import subprocess
import sys

import fitz

try:
    from PIL import Image
except ImportError:
    Image = None

fitz.TOOLS.mupdf_display_errors(False)
# The engine yields to others; on a busy machine the same must hold for both, or one of them finds colder caches.
os.nice(10)


def processor_ms(who):
    usage = resource.getrusage(who)
    return (usage.ru_utime + usage.ru_stime) * 1000


def with_fitz(task):
    document = fitz.open(task["path"])
    for index, page in enumerate(document):
        pixmap = page.get_pixmap(dpi=task["dpi"])
        stem = os.path.join(task["folder"], f"peer-{index}")
        height = round(pixmap.height * 240 / pixmap.width)
        if Image is None:
            pixmap.save(f"{stem}.ppm")
            fitz.Pixmap(pixmap, 240, height, None).save(f"{stem}-thumbnail.ppm")
            continue
        image = Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)
        image.save(f"{stem}.jpg", quality=80)
        image.thumbnail((240, height))
        image.save(f"{stem}-thumbnail.jpg", quality=80)
    document.close()


def with_pdftoppm(task):
    stem = os.path.join(task["folder"], "poppler")
    common = ["pdftoppm", "-jpeg", "-jpegopt", "quality=80"]
    subprocess.run([*common, "-r", str(task["dpi"]), task["path"], stem], check=True, stderr=subprocess.DEVNULL)
    small = ["-scale-to-x", "240", "-scale-to-y", "-1"]
    subprocess.run([*common, *small, task["path"], f"{stem}-thumbnail"], check=True, stderr=subprocess.DEVNULL)


print(json.dumps({"fitz": fitz.VersionBind, "pillow": Image and Image.__version__}), flush=True)
for line in sys.stdin:
    task = json.loads(line)
    own = task["engine"] == "fitz"
    who = resource.RUSAGE_SELF if own else resource.RUSAGE_CHILDREN
    before = processor_ms(who)
    (with_fitz if own else with_pdftoppm)(task)
    print(json.dumps({"cpuMs": processor_ms(who) - before}), flush=True)
