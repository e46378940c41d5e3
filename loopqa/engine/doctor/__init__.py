"""What is broken in a workspace, since when, and what to do about it; nothing is changed."""

from loopqa.engine.doctor.ailment import Ailment, Severity
from loopqa.engine.doctor.examination import Examination, examine

__all__ = ["Ailment", "Examination", "Severity", "examine"]
