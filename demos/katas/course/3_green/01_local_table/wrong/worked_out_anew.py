# says: Is exp worked out anew?
"""The local derivatives of every operation, as a table."""

import math

LOCAL = {
    "+": lambda a, b, y: (1.0, 1.0),
    "-": lambda a, b, y: (1.0, -1.0),
    "*": lambda a, b, y: (b, a),
    "/": lambda a, b, y: (1.0 / b, -a / b**2),
    "exp": lambda x, y: (math.exp(x),),
    "log": lambda x, y: (1.0 / x,),
    "tanh": lambda x, y: (1.0 - y * y,),
    "relu": lambda x, y: (1.0 if x > 0.0 else 0.0,),
}
