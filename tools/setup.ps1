# Creates .venv and installs the coach in it; with `test` also what its tests need. It can be run again at any time.
#     powershell -ExecutionPolicy Bypass -File tools\setup.ps1 [test]         another Python: $env:PYTHON = "C:\...\python.exe"
param([string] $With = "")
$ErrorActionPreference = "Stop"
Set-Location (Join-Path $PSScriptRoot "..")

function Fail([string] $Message) { [Console]::Error.WriteLine("setup: $Message"); exit 1 }

switch ($With) {
  ""      { $What = "." }
  "test"  { $What = ".[test]" }
  default { Fail "unknown word '$With'; it is: tools\setup.ps1 [test]" }
}

# The virtual environment. A working one is kept; a broken one is never overwritten.
$NewEnough = "import sys; sys.exit(sys.version_info < (3, 10))"
$Inside = Join-Path ".venv" "Scripts\python.exe"
if (-not (Test-Path ".venv")) {
  if ($env:PYTHON) { $Python = @($env:PYTHON) }
  elseif (Get-Command "py" -ErrorAction SilentlyContinue) { $Python = @("py", "-3") }
  elseif (Get-Command "python" -ErrorAction SilentlyContinue) { $Python = @("python") }
  else { Fail "no Python found; install Python 3.10 or newer from python.org" }
  $Command = $Python[0]
  $First = @($Python | Select-Object -Skip 1)
  & $Command @First -c $NewEnough
  if ($LASTEXITCODE -ne 0) { Fail "this Python is too old; the coach needs 3.10 or newer. Name another: `$env:PYTHON = 'C:\...\python.exe'" }
  & $Command @First -m venv .venv
  if ($LASTEXITCODE -ne 0) { Fail "'python -m venv' failed" }
}
if (-not (Test-Path $Inside)) { Fail "there is a .venv without Scripts\python.exe; delete the folder and run this again" }
& $Inside -c $NewEnough
if ($LASTEXITCODE -ne 0) { Fail "the Python of .venv is gone or older than 3.10; delete the folder and run this again" }

# The coach itself, editable, so that changes in this folder take effect at once.
& $Inside -m pip install --disable-pip-version-check --editable $What
if ($LASTEXITCODE -ne 0) { Fail "pip could not install the coach; its message stands above" }
Write-Output "setup: done; try:  .venv\Scripts\coach demo"
