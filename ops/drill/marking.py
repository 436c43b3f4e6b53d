"""Texts of drills that the pipeline page and reports show in the reader's language."""


def gettext_noop(text: str) -> str:
    """Mark a text for translation, and return it as it is.

    Django's own function needs settings, and the programs that drill containers have none.
    """
    return text
