"""What a step of training and a test take on a GPU, from counts alone: for comparison with what
bench-gpu measures. Nothing here was measured on a GPU by this project.

Usage: gpu-model.py [CLOCK_GHZ]

A phase of one sample in one block takes as long as the busiest of: the scheduler with the most
instructions, one warp's a clock; the shared memory, 128 bytes (a wavefront) a clock; and the L2 cache,
whose bandwidth all blocks share. What waits for one answer after another is added in clocks, and 30
clocks for each barrier of the block.

Instructions are those of the loops in the SASS that nvcc 13.0 makes for sm_90, as nvdisasm lists it,
times their rounds; the code around a loop is estimated. Nothing depends on the data under
max-pooling."""

import sys
from dataclasses import dataclass

# An H100 SXM. NVIDIA states the first two and the boost clock; the cache's bandwidth and latencies are
# those that published microbenchmarks found. A grid barrier was measured at 1.1 µs.
MULTIPROCESSORS = 132
SCHEDULERS = 4  # of 32 float32 lanes each
CLOCK = float(sys.argv[1]) * 1e9 if len(sys.argv) > 1 else 1.98e9
L2_BANDWIDTH = 5.5e12
L2_LATENCY, L1_LATENCY, SHUFFLE, SYNC = 270, 40, 25, 30  # clocks
GRID_BARRIER = 1.1e-6
# What follows one another on the device: a launch, and a copy but for its bytes. Assumed; while the device
# is at one call the next is queued, so that the host's time is no part of it.
LAUNCH, COPY = 4e-6, 2.5e-6
HOST_BANDWIDTH = 2.5e10

# Of each kernel size: instructions of a loop's body.
SASS = {
    3: dict(layer1=290, map=168, row=362, unpool=39, conv1=238, linear=194, backward=40, reduce=134),
    5: dict(layer1=617, map=477, row=509, unpool=40, conv1=188, linear=194, backward=40, reduce=136),
}


def place(pair, row, y, x):
    return y // 2 * pair + y % 2 * row + x


def wavefronts(addresses, width):
    """Of one warp's load of width floats a lane: half a warp at a time for two floats."""
    groups = [addresses] if width == 1 else [addresses[:16], addresses[16:]]
    total = 0
    for group in groups:
        banks = {}
        for address in group:
            for word in range(address, address + width):
                banks.setdefault(word % 32, set()).add(word)
        total += max((len(words) for words in banks.values()), default=0)
    return total


def patch_wavefronts(kernel, windows, pair, row, threads):
    """Of all loads of one map's patches by the threads of consecutive windows."""
    total = 0
    for warp in range(0, threads, 32):
        lanes = [unit % (windows * windows) for unit in range(warp, min(warp + 32, threads))]
        for y in range(kernel + 1):
            for x in range(0, kernel + 1, 2):
                total += wavefronts([place(pair, row, w // windows * 2 + y, w % windows * 2 + x)
                                     for w in lanes], 2)
    return total


@dataclass
class Phase:
    name: str
    instructions: float = 0  # of the busiest scheduler
    shared: float = 0  # wavefronts
    l2: float = 0  # bytes a block
    waits: float = 0  # clocks
    barriers: int = 1

    def clocks(self, blocks):
        l2 = self.l2 * blocks / L2_BANDWIDTH * CLOCK
        return max(self.instructions, self.shared, l2) + self.waits + self.barriers * SYNC


def forward(kernel, fetched):
    """fetched: the share of samples that are on their way before they are needed."""
    sass, taps = SASS[kernel], kernel * kernel
    pair, row = 46, 14 + kernel - 1
    image_pair, image_row = (60, 30) if kernel == 3 else (92, 32)
    weights = 4 * 512 * taps
    return [
        Phase("image", instructions=2 * 40, shared=7 * 8, l2=784,
              waits=L1_LATENCY + (1 - fetched) * 2 * L2_LATENCY),
        # 784 windows of four channels: 24.5 warps, seven rounds on the busiest scheduler.
        Phase("layer 1", instructions=7 * sass["layer1"],
              shared=patch_wavefronts(kernel, 14, image_pair, image_row, 784)
              + 25 * (4 * 2 + taps), l2=weights, waits=100),
        # Twelve warps of whole units, and four that add up a map a lane; weights come through the same
        # memory, the latter's a line a lane, and the linear layer's are brought nearer meanwhile.
        Phase("layer 2", instructions=3 * (16 * sass["map"] + 260) + sass["map"] + 160,
              shared=16 * (patch_wavefronts(kernel, 7, pair, row, 384) + 12 * taps * 1.5)
              + 4 * (16 * taps + (kernel + 1) ** 2),
              l2=4 * 15680, waits=100),
        Phase("linear", instructions=3 * sass["linear"], shared=10 * 2 * 49,
              waits=2 * L1_LATENCY + 5 * SHUFFLE + 60),
        Phase("softmax", waits=14 * SHUFFLE + 250),
    ]


def backward(kernel):
    sass, taps = SASS[kernel], kernel * kernel
    pair, row = 46, 14 + kernel - 1
    # How conv2's gradients are cut: input channels of a thread and parts of the windows; pieces of the
    # output channels, and the maps of one that a thread reads.
    inputs, pieces = (2, 2) if kernel == 3 else (1, 4)
    maps = 32 // pieces // 2
    # Of conv1: two rows of kernel 5's image begin on the same bank; warps that share a row of windows,
    # and the sums of each.
    conflicts, slices = (1, 1) if kernel == 3 else (1.6, 5)
    sums = taps // slices + 1
    return [
        Phase("linear backward", instructions=4 * (2 * sass["backward"] + 150),
              shared=13 * (10 * 4 + 12) + 1480 * 4 / 32, l2=4 * 512 * taps, waits=2 * L1_LATENCY + 60),
        # Of each scheduler's four warps two have three rows of windows and two four, or all have seven;
        # three have a window of maps, one shares the rest. Then the parts are added.
        Phase("conv2, both gradients",
              instructions=(14 if inputs == 2 else 28) * sass["row"]
              + pieces * (-(-49 * 64 // pieces // 128) * sass["unpool"] + 3 * (maps * sass["map"] + 60)
                          + sass["map"] + 100) + 4 * 200,
              shared=16 * 49 / inputs * (inputs * taps + 2)
              + pieces * (maps * (patch_wavefronts(kernel, 7, pair, row, 384) + 12 * taps * 1.5)
                          + 4 * (maps * taps + (kernel + 1) ** 2) + 49 * 32 / pieces / 32 * 7)
              + 2 * 16 * 7 + (2 * 8 * 19 if inputs == 2 else 0),
              waits=200, barriers=2 * pieces + 2),
        # With kernel 3 fourteen warps have all taps and a row of windows, with kernel 5 fifteen have a row
        # of taps and up to five rows of windows; then the groups are added.
        Phase("conv1 weight gradient",
              instructions=4 * ((1 if kernel == 3 else 5) * sass["conv1"] + 4 * sums + 60) + 120,
              shared=98 * slices * (taps / slices * conflicts + 1 + 2) + 16 * 3 * sums,
              waits=SHUFFLE + 150, barriers=2),
    ]


def update(kernel, batch):
    """Clocks: pieces are two a block; a warp's loads are eight samples at a time."""
    convolutions = 16 * kernel * kernel + 16 + 512 * kernel * kernel + 32
    pieces = 1 + 98 + convolutions // (32 * (2 if kernel == 3 else 3))
    rounds = -(-pieces // (2 * MULTIPROCESSORS))
    trips = -(-(-(-min(batch, 128) // 8)) // 8), -(-(-(-batch // 8)) // 8)
    slowest = max(trips[0] * L2_LATENCY, trips[1] * max(2 * L2_LATENCY, 4 * SASS[kernel]["reduce"]))
    traffic = 4 * (min(batch, 128) * convolutions + 2 * batch * 1568)
    return max(rounds * (slowest + L2_LATENCY + 400), traffic / L2_BANDWIDTH * CLOCK)


def show(kernel, batch):
    chunk = -(-batch // 128)
    blocks = min(-(-batch // chunk), MULTIPROCESSORS)
    rounds = -(-(-(-batch // chunk)) // MULTIPROCESSORS) * chunk
    forwards, backwards = forward(kernel, 1 / rounds), backward(kernel)
    step = 0
    print(f"| kernel {kernel}, batch {batch} | µs | bound by |\n|---|---|---|")
    for phase in forwards + backwards:
        time = phase.clocks(blocks) / CLOCK * 1e6 * rounds
        kinds = {"instructions": phase.instructions, "shared memory": phase.shared, "waiting": phase.waits,
                 "L2 cache": phase.l2 * blocks / L2_BANDWIDTH * CLOCK}
        step += time
        print(f"| {phase.name} | {time:.2f} | {max(kinds, key=kinds.get)} |")
    reduction = update(kernel, batch) / CLOCK * 1e6
    barriers = 2 * GRID_BARRIER * 1e6
    step += reduction + barriers
    print(f"| reduction and Adam | {reduction:.2f} | waiting |")
    print(f"| two grid barriers | {barriers:.2f} | |")
    print(f"| **a step** | **{step:.1f}** | |")
    image = sum(phase.clocks(MULTIPROCESSORS) for phase in forward(kernel, 1)) / CLOCK
    test = -(-2000 // MULTIPROCESSORS) * image * 1e6
    steps = 2 * -(-60000 // batch)
    tests = 2 * -(-(steps // 2) // 50)
    # Arguments go up, and losses come down.
    training = steps * step / 1000 + tests * (LAUNCH + 2 * COPY) * 1e3
    # A count is cleared, answers come down, and after them the state that was tested, with Adam's.
    state = 3 * 4 * (16 * kernel * kernel + 16 + 512 * kernel * kernel + 32 + 15690)
    testing = tests * (test / 1000 + (LAUNCH + 3 * COPY + state / HOST_BANDWIDTH) * 1e3)
    print(f"| a test of 2,000 images | {test:.0f} | |")
    print(f"| **two epochs: {steps} steps, {tests} tests** | **{training + testing:.1f} ms** | |\n")


print(f"At {CLOCK / 1e9:.2f} GHz:\n")
show(3, 100)
show(5, 200)
