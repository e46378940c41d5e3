"""The report section ``sign_off``: a line for each role that signs the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.language import Text, text
from loopqa.plugin import Options, Page, ReportContext, ReportSection, hookimpl

if TYPE_CHECKING:
    from markupsafe import Markup

#: Roles that many services have; others are shown as they are written.
ROLES = {
    "service_head": text("head of service"),
    "qa_lead": text("head of quality"),
    "customer_representative": text("customer representative"),
}


class SignOffOptions(Options):
    """Who signs."""

    roles: tuple[str, ...] = ()  #: default: those of `report.sign_off`


class SignOff(ReportSection):
    """An empty line for name, date and signature of each role."""

    type = "sign_off"
    summary = text("a line for name, date and signature of each role that signs the report")
    title = text("Sign-off")
    Config = SignOffOptions
    config: SignOffOptions

    def html(self, report: ReportContext, page: Page) -> Markup | None:
        """The table to be signed."""
        roles = self.config.roles or report.workflow.report.sign_off
        if not roles:
            return None
        return page.table(
            text("Read and agreed"),
            [text("Role"), text("Name"), text("Date"), text("Signature")],
            [[_role(one), "", "", ""] for one in roles],
        )


def _role(name: str) -> Text | str:
    return ROLES.get(name, name.replace("_", " "))


@hookimpl
def loopqa_report_sections() -> list[type[ReportSection]]:
    """The section ``sign_off``."""
    return [SignOff]
