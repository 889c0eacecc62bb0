"""The tables of all settings are those of the model, in both languages."""

from __future__ import annotations

import pytest

from subsidy.text import Language

from .settings import PAGES, retold


@pytest.mark.parametrize("lang", PAGES)
def test_the_table_of_settings_is_that_of_the_model(lang: Language) -> None:
    """The page has the table as `make docs` would write it, between its marks."""
    text = PAGES[lang].read_text("utf-8")
    assert text.count("<!-- settings -->\n| ") == 1
    assert retold(text, lang) == text
