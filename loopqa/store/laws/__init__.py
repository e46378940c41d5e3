"""What must always hold of a state, whatever crashed, raced or was late; doctor and tests ask."""

from loopqa.store.laws.breach import Breach, Law
from loopqa.store.laws.checking import LAWS, check_laws
from loopqa.store.laws.contents import check_contents

__all__ = ["LAWS", "Breach", "Law", "check_contents", "check_laws"]
