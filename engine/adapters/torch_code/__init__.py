"""Code written for PyTorch, checked as it stands: `compare` for gradients by hand, `watch` for autograd Functions.

`compare` (`comparing`): autograd's graph is copied as one of ours (`mirror`), step by step. What a step passes back is
asked of autograd (`step`); it is one of our operations where that passes back the same (`operations`), else a linear
map that can only be applied (`linear`). The one comparator judges what was filled in; `numbers` goes between tensors
and arrays.

`watch` (`watching`), in order:

1. `recording` notes the calls of Functions as they happen, with what each has kept for its backward and who writes to
   that (`kept`), in the Function's own words (`signature`).
2. Each call runs again by itself (`replay`), in double precision (`double`), and leaves nothing behind (`untouched`).
3. `truth` tells who is right about an input: their backward, or autograd on their forward; the slopes are measured.
   For a fused Function a readable forward may stand for its own (`readable`): autograd through that is right.
4. `verdict` is what is to be said of a call: of a wrong one the slip (`diagnosis`, on a `smaller` call where that
   does), in words (`sentences`), on its line (`adapters.lines`).
5. `found` is what is given back, as a `Reading` of the block.
"""
