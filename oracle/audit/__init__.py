"""The audit: from the contract's address and the content store alone, was every round right?"""

from fedjury.oracle.audit.auditor import Auditor
from fedjury.oracle.audit.result import AuditResult

__all__ = ["AuditResult", "Auditor"]
