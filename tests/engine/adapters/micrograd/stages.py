"""What `probe` makes of a graph on its way, for the modules that each do one step."""

from handgrad.adapters.micrograd.asking import Asker
from handgrad.adapters.micrograd.graph import Graph
from handgrad.adapters.micrograd.leaves import Leaves
from handgrad.adapters.micrograd.making import Makers
from handgrad.adapters.micrograd.mirror import Mirror
from handgrad.adapters.micrograd.operations import Operation
from handgrad.adapters.micrograd.walking import Walker


class Stages:
    """Each step, made when it is asked for."""

    def __init__(self, root):
        self.graph = Graph(root)
        self.engine = self.graph.engine
        self.leaves = Leaves(self.graph)
        self.makers = Makers(self.graph, self.leaves)
        self.asker = Asker(self.engine, self.leaves, self.makers, self.name)
        self.walker = Walker(self.graph, self.leaves)

    def name(self, node):
        """x0, x1, ... for the operands of the root, "out" for the root."""
        operands = [id(one) for one in self.graph[self.graph.root].operands]
        return f"x{operands.index(id(node))}" if id(node) in operands else "out"

    def operation(self, node, name=""):
        return Operation(name, [self.graph[node]], self.engine, self.leaves, self.makers)

    @property
    def operations(self):
        return {id(node): self.operation(node) for node in self.graph.order if self.graph[node].operands}

    def mirror(self, names=None):
        return Mirror(self.graph, self.operations, names or {})

    def sittings(self, node):
        return list(self.asker.sittings(self.operation(node)))
