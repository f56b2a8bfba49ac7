#!/bin/sh
# Remove what can be made again.  The data in instance/ are not of that kind and stay.
set -eu
cd "$(dirname "$0")/.."

rm -rf .venv node_modules edc/static/vendor edc/translations/zh/LC_MESSAGES build dist ./*.egg-info
rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache htmlcov test-results
rm -f .coverage .coverage.*
find . -name __pycache__ -type d -prune -exec rm -rf {} +
echo "Clean. The data in instance/ were left alone."
