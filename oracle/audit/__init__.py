"""The audit: from the contract's address and the content store alone, was every round right?"""

from fedjury.oracle.audit.auditor import Auditor
from fedjury.oracle.audit.records import AuditResult

__all__ = ["AuditResult", "Auditor"]
