"""Build the wheel, install it into an empty environment, and look at what came with it.

    python tools/supply.py                   # with this Python
    python tools/supply.py --all             # with every Python from 3.10 to 3.14 that is found
    python tools/supply.py --keep dist       # keep the wheel and its bill of materials

With each Python the wheel is installed and `coach --version` is run; what has no wheel there is named. With the first
one follow a software bill of materials (CycloneDX), the licences of all packages by what they declare, and known
vulnerabilities. Where no advisory service answers, that is said, and passes. What compiled packages carry inside
themselves is not looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent

VERSIONS: Final = ("3.10", "3.11", "3.12", "3.13", "3.14")

_PERMISSIVE: Final = re.compile(
    r"(MIT|MIT-CMU|0BSD|BSD|[23]-Clause BSD|BSD-[23]-Clause|Apache|Zlib|CC0|PSF|Python Software Foundation|MPL-2\.0"
    r"|ISC|HPND|Unlicense)"
    r"([ -].*)?"
)
"""Licences that allow use with a program under any licence; MPL-2.0 asks only for the source of its own files."""

KNOWN: Final = {"pypdfium2": "it lists PDFium's own licences, all permissive, in its wheel"}
"""Packages whose declared licence is not in a usual form, with what was found by looking."""

_NO_WHEEL: Final = re.compile(
    r"No matching distribution found for ([\w.-]+)|from versions: none.*?requirement ([\w.-]+)"
)


def main(argv: list[str] | None = None) -> int:
    """Check; return 1 if something is wrong."""
    parser = argparse.ArgumentParser(description="Build and install the wheel, and check what comes with it.")
    parser.add_argument("--all", action="store_true", help="install it with every supported Python that is found")
    parser.add_argument("--keep", type=Path, help="folder for the wheel and its bill of materials")
    args = parser.parse_args(argv)
    pythons = list(_pythons()) if args.all else [sys.executable]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build_wheel(folder / "dist")
        faults = [
            fault for number, python in enumerate(pythons) for fault in _install(python, wheel, folder / f"{number}")
        ]
        environment = folder / "0"
        if not faults:
            write_bill(environment, wheel.with_suffix(".cdx.json"))
            faults += licence_faults(_json("piplicenses", "--format=json", f"--python={_python_of(environment)}"))
            faults += audit_faults(_audit(environment))
        if args.keep:
            shutil.copytree(folder / "dist", args.keep, dirs_exist_ok=True)
    print("\n".join(faults) or "supply: all well")
    return 1 if faults else 0


def _pythons() -> Iterator[str]:
    """Yield the supported Pythons on PATH and in pyenv; say which are missing."""
    for version in VERSIONS:
        found = sorted(
            Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{version}.*/bin/python")
        )
        python = str(found[-1]) if found else shutil.which(f"python{version}")
        if python:
            yield python
        else:
            print(f"Python {version}: not on this machine, so not tried")


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout into `folder`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.whl"))


def _install(python: str, wheel: Path, environment: Path) -> list[str]:
    """Install `wheel` with `python` into an empty environment, and run it; return what is wrong."""
    subprocess.run([python, "-m", "venv", str(environment)], check=True)
    inside = _python_of(environment)
    version = subprocess.run([inside, "-V"], capture_output=True, text=True, check=True).stdout.strip()
    pip = [
        inside,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
    ]
    ran = subprocess.run([*pip, str(wheel)], capture_output=True, text=True, check=False)
    if ran.returncode:
        return [f"{version}: the wheel cannot be installed: {missing_wheel(ran.stderr)}"]
    ran = subprocess.run(
        [inside, "-m", "coach", "--version"], capture_output=True, text=True, check=False, cwd=environment
    )
    if ran.returncode:
        return [f"{version}: the installed coach does not start: {ran.stderr[-300:]}"]
    print(f"{version}: {wheel.name} is installed and starts")
    return []


def missing_wheel(errors: str) -> str:
    """Return which package has no wheel, from the errors of pip; else the end of the errors."""
    found = _NO_WHEEL.search(errors)
    return f"{found[1] or found[2]} has no wheel for it" if found else errors.strip()[-300:]


def _python_of(environment: Path) -> str:
    return str(environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def write_bill(environment: Path, target: Path) -> None:
    """Write the software bill of materials of what is installed in `environment`."""
    tool = [sys.executable, "-m", "cyclonedx_py", "environment", _python_of(environment), "--of", "JSON"]
    subprocess.run([*tool, "-o", str(target)], check=True, stderr=subprocess.DEVNULL)
    components = json.loads(target.read_text(encoding="utf-8"))["components"]
    print(f"{target.name}: {len(components)} packages")


def licence_faults(packages: list[dict[str, str]]) -> list[str]:
    """Return a sentence for each package with a licence that is not known to allow our use."""
    return [
        f"{package['Name']}: its licence is {package['License']!r}; name it in tools/supply.py, or do without"
        for package in packages
        if package["Name"].lower() not in KNOWN and not _is_permissive(package["License"])
    ]


def _is_permissive(licence: str) -> bool:
    """Whether one of the alternatives is permissive in all its parts."""
    return any(
        all(_PERMISSIVE.fullmatch(part.strip(" ()")) for part in re.split(r" AND |; ", alternative))
        for alternative in licence.split(" OR ")
    )


def _audit(environment: Path) -> list[dict[str, Any]]:
    site = next(environment.glob("[Ll]ib/**/site-packages"))
    found = _json("pip_audit", "--path", str(site), "-f", "json", "--progress-spinner", "off", "--timeout", "5")
    return list(found["dependencies"]) if found else []


def audit_faults(dependencies: list[dict[str, Any]]) -> list[str]:
    """Return a sentence for each package with a known vulnerability; say how many could be looked up."""
    answered = [package for package in dependencies if "skip_reason" not in package]
    if len(answered) == 0:
        print("vulnerabilities: no advisory service answers here, so nothing was looked up")
    else:
        print(f"vulnerabilities: {len(answered)} of {len(dependencies)} packages were looked up")
    return [
        f"{package['name']} {package['version']}: {fault['id']}, fixed in {', '.join(fault['fix_versions']) or 'none'}"
        for package in answered
        for fault in package["vulns"]
    ]


def _json(module: str, *words: str) -> Any:  # noqa: ANN401  any JSON
    """Run a tool, which may exit with 1 where it finds something; return its JSON, None if it printed none."""
    ran = subprocess.run([sys.executable, "-m", module, *words], capture_output=True, text=True, check=False)
    try:
        return json.loads(ran.stdout)
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main())
