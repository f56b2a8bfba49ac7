"""Name of the bilingual text within the study vocabulary."""

from edc.label import Label, Language

__all__ = ["Label", "Language"]
