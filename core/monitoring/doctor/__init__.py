"""What is wrong with an installation, in sentences: each check looks at one part and changes nothing."""

from core.monitoring.doctor.examination import examine
from core.monitoring.doctor.finding import Finding

__all__ = ["Finding", "examine"]
