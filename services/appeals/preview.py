"""Every paper with made-up data, for staff who edit words and templates: `python -m services.appeals.preview DIR`.

Writes one PDF a document into DIR, from the templates and rules that ship or those of `--templates` and `--rules`. No
service or database is touched.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from services.appeals.adapters.documents.specimens import specimens
from services.appeals.adapters.documents.typesetting import TemplateError, Typesetter
from services.appeals.adapters.documents.words import LetterError
from services.appeals.adapters.rules import RULES, TEMPLATES, RuleError, load_rules
from services.appeals.domain.decision import RuleSet


def preview(out: Path, templates: Path, rules: Path) -> int:
    """Write every specimen and return how many; raises `RuleError`, `LetterError`, `TemplateError`, `OSError`."""
    rule_set, setter = RuleSet.of(load_rules(rules, templates)), Typesetter(templates)
    out.mkdir(parents=True, exist_ok=True)
    written = 0
    for specimen in specimens(rule_set):
        for row, content in specimen.papers(rule_set, setter.letters):
            pdf = setter.pdf(row.template, content.json, specimen.filing.filed_on)
            (out / f"{specimen.name}.{row.kind}.pdf").write_bytes(pdf)
            written += 1
    return written


def main(argv: list[str] | None = None) -> None:
    """Exit code 2 with one line where a table, a word or a template is wrong."""
    parser = argparse.ArgumentParser(prog="python -m services.appeals.preview", description="every paper, made-up data")
    parser.add_argument("out", type=Path, help="directory to write the PDFs to")
    parser.add_argument("--templates", type=Path, default=TEMPLATES, help="directory of templates and letters.toml")
    parser.add_argument("--rules", type=Path, default=RULES, help="directory of the rule tables")
    asked = parser.parse_args(argv)
    try:
        written = preview(asked.out, asked.templates, asked.rules)
    except TemplateError as error:
        sys.stderr.write(f"appeals: {error}: {error.detail}\n")
        raise SystemExit(2) from None
    except (RuleError, LetterError, OSError) as error:
        sys.stderr.write(f"appeals: {error}\n")
        raise SystemExit(2) from None
    sys.stdout.write(f"{written} documents in {asked.out}\n")


if __name__ == "__main__":
    main()
