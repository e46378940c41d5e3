"""What may be said: guards, judgement, reasons and assumptions in words."""
