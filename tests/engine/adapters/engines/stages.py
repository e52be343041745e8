"""What `probe` makes of a graph on its way, for the modules that each do one step."""

from handgrad.adapters.engines.asking import Asker
from handgrad.adapters.engines.graph import Graph
from handgrad.adapters.engines.leaves import Leaves
from handgrad.adapters.engines.making import Makers
from handgrad.adapters.engines.mirror import Mirror
from handgrad.adapters.engines.operations import Operation
from handgrad.adapters.engines.walking import Walker


class Stages:
    """Each step, made when it is asked for."""

    def __init__(self, root):
        self.graph = Graph(root)
        self.engine = self.graph.engine
        self.leaves = Leaves(self.graph)
        self.makers = Makers(self.graph, self.leaves)
        self.asker = Asker(self.engine, self.leaves, self.makers)
        self.walker = Walker(self.graph, self.leaves)

    def operation(self, node, name=""):
        return Operation(name, [self.graph[node]], self.engine, self.leaves, self.makers)

    @property
    def operations(self):
        return {id(node): self.operation(node) for node in self.graph.order if self.graph[node].operands}

    def mirror(self, names=None):
        return Mirror(self.graph, self.operations, names or {})

    def trials(self, node):
        return list(self.asker.trials(self.operation(node)))
