"""What a step of training and a test take on a GPU, from counts alone: for comparison with what
bench-gpu measures. Nothing here was measured on a GPU by this project.

Usage: gpu-model.py [CLOCK_GHZ]

A phase of one sample in one block takes as long as the busiest of: the scheduler with the most
instructions, one warp's a clock; the shared memory, 128 bytes (a wavefront) a clock; and the L2 cache,
whose bandwidth all blocks share. What waits for one answer after another is added in clocks, and 30
clocks for each barrier of the block.

That is the least that a phase can take: four warps a scheduler must never all wait at once, and what is
busiest must never stand still for what is less busy. No kernel does so well, and how near these come only
a GPU tells: the last lines say what two epochs take if they reach less of it.

Instructions are those of the loops in the SASS that nvcc 13.0 makes for sm_90, as nvdisasm lists it,
times their rounds; the code around a loop is estimated. Of the data only one thing counts: conv2's
gradients skip windows that ReLU made zero."""

import sys
from dataclasses import dataclass

# An H100 SXM. NVIDIA states the first two and the boost clock, the most that it goes; the cache's bandwidth
# and latencies are those that published microbenchmarks found. A grid barrier was measured at 1.1 µs, over
# all multiprocessors; over fewer it is taken to be the same.
MULTIPROCESSORS = 132
SCHEDULERS = 4  # of 32 float32 lanes each
CLOCK = float(sys.argv[1]) * 1e9 if len(sys.argv) > 1 else 1.98e9
L2_BANDWIDTH = 5.5e12
L2_LATENCY, L1_LATENCY, SHUFFLE, SYNC = 270, 40, 25, 30  # clocks
GRID_BARRIER = 1.1e-6
# What follows one another on the device: a launch, as was measured in a stream; a copy but for its bytes,
# and a stream's waiting for another, both assumed. While the device is at one call the next is queued, so
# that the host's time is no part of it.
LAUNCH, COPY, HOP = 4e-6, 2.5e-6, 2.5e-6
HOST_BANDWIDTH = 2.5e10
TEST, INTERVAL = 2000, 50  # images of an interim test, and steps from one to the next

# Of each kernel size: instructions of a loop's body. Of conv2's gradients those of a row of windows of the
# weights' and of an output channel's row of the data's without the multiply-adds of a window, which come
# after.
SASS = {
    3: dict(layer1=290, map=168, weights=128, data=34, multiply_adds=(6, 160 / 28), conv1=247, linear=194,
            backward=40, reduce=134),
    5: dict(layer1=617, map=477, weights=102, data=77, multiply_adds=(15, 384 / 28), conv1=189, linear=194,
            backward=40, reduce=136),
}
# The share of layer 2's pooled values that are not zero, as was counted on MNIST's images at eight (kernel 3)
# and six steps of the preset's two epochs: it begins with 0.73 and 0.67, rises to 0.95 for some dozens of
# steps, and ends with 0.50 and 0.64. The mean of steps, straight lines between them.
ALIVE = {3: 0.60, 5: 0.73}
# Instructions that tell a window is zero; that tell which position its gradient reaches, and the way back
# from three of the four. A branch waits 18 clocks for what it depends on, by what the SASS says of each
# instruction, and the way back is 6: what a warp waits for in all is the least that the phase takes.
TOLD, REACHED, BRANCH, BACK = 2, 4.75, 18, 6


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
    chain: float = 0  # clocks of the warp that has most to wait for
    waits: float = 0  # clocks
    barriers: int = 1

    def clocks(self, blocks, reached=1):
        """reached: of the rate of what is busiest."""
        l2 = self.l2 * blocks / L2_BANDWIDTH * CLOCK
        return max(max(self.instructions, self.shared, l2) / reached, self.chain) + self.waits + self.barriers * SYNC


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
    # Of conv2's gradients each scheduler has two warps of four output channels of the weights', as many at a
    # time as there are registers for, and two of a row of windows of the data's.
    at_a_time = 4 if kernel == 3 else 2
    each = [TOLD + ALIVE[kernel] * (REACHED + count) for count in sass["multiply_adds"]]
    weights = 4 // at_a_time * 7 * sass["weights"] + 4 * 49 * each[0] + 200
    # Of 32 output channels the last three are left to the scheduler's that has one row.
    data = 29 * (sass["data"] + 7 * each[1]) + 200
    half = (kernel + 1) // 2
    chain = 29 * (sass["data"] + 2 * L1_LATENCY) + 7 * 29 * (
        BRANCH + ALIVE[kernel] * (2 * BRANCH + 0.75 * BACK + sass["multiply_adds"][1])) + 500
    # Of conv1: two rows of kernel 5's image begin on the same bank; warps that share a row of windows,
    # and the sums of each.
    conflicts, slices = (1, 1) if kernel == 3 else (1.6, 5)
    sums = taps // slices + 1
    return [
        Phase("linear backward", instructions=4 * (2 * sass["backward"] + 150),
              shared=13 * (10 * 4 + 12) + 1480 * 4 / 32, l2=4 * 512 * taps, waits=2 * L1_LATENCY + 60),
        # Of each scheduler's four warps two have three rows of windows and two four, or all have seven;
        # three have a window of maps, one shares the rest. Then the parts are added.
        # Shared memory: of the weights' what a window sees anew and its gradients, of the data's the weights,
        # which come through the same memory, and the gradients; then the sums of a row, half of whose lanes
        # meet the other half on the same banks.
        Phase("conv2, both gradients", instructions=2 * (weights + data), chain=chain,
              shared=8 * 49 * 4 / at_a_time * (2 * (half + 1) + at_a_time)
              + 7 * 32 * (half * kernel + 7) + 7 * half * 14 * 2 * 2,
              waits=200, barriers=2 + half),
        # With kernel 3 fourteen warps have all taps and a row of windows, with kernel 5 fifteen have a row
        # of taps and up to five rows of windows; then the groups are added.
        Phase("conv1 weight gradient",
              instructions=4 * ((1 if kernel == 3 else 5) * sass["conv1"] + 4 * sums + 60) + 120,
              shared=98 * slices * (taps / slices * conflicts + 1 + 2) + 16 * 3 * sums,
              waits=SHUFFLE + 150, barriers=2),
    ]


def convolutions(kernel):
    """Their parameters."""
    return 16 * kernel * kernel + 16 + 512 * kernel * kernel + 32


def pieces(kernel):
    return 1 + 98 + convolutions(kernel) // (32 * (2 if kernel == 3 else 3))


def chunks(batch):
    """How many, and samples of each."""
    size = -(-batch // 128)
    return -(-batch // size), size


def step_blocks(kernel, batch):
    return min(MULTIPROCESSORS, max(chunks(batch)[0], -(-pieces(kernel) // 2)))


def update(kernel, batch):
    """Clocks: pieces are two a block; a warp's loads are eight samples at a time."""
    rounds = -(-pieces(kernel) // (2 * step_blocks(kernel, batch)))
    trips = -(-(-(-min(batch, 128) // 8)) // 8), -(-(-(-batch // 8)) // 8)
    slowest = max(trips[0] * L2_LATENCY, trips[1] * max(2 * L2_LATENCY, 4 * SASS[kernel]["reduce"]))
    traffic = 4 * (chunks(batch)[0] * convolutions(kernel) + 2 * batch * 1568)
    return max(rounds * (slowest + L2_LATENCY + 400), traffic / L2_BANDWIDTH * CLOCK)


def sample_blocks(kernel, batch):
    return min(step_blocks(kernel, batch), chunks(batch)[0])


def sample_rounds(kernel, batch):
    """Samples that a block trains one after the other."""
    count, size = chunks(batch)
    return -(-count // step_blocks(kernel, batch)) * size


def step_phases(kernel, batch):
    return forward(kernel, 1 / sample_rounds(kernel, batch)) + backward(kernel)


def step_seconds(kernel, batch, reached=1):
    samples = sum(phase.clocks(sample_blocks(kernel, batch), reached) for phase in step_phases(kernel, batch))
    return (samples * sample_rounds(kernel, batch) + update(kernel, batch)) / CLOCK + 2 * GRID_BARRIER


def test_seconds(kernel, blocks, reached=1):
    image = sum(phase.clocks(MULTIPROCESSORS, reached) for phase in forward(kernel, 1))
    return -(-TEST // blocks) * image / CLOCK


def epochs_seconds(kernel, batch, reached=1):
    """Two epochs: steps in one stream, tests and the states that were tested in another, beside the steps
    that follow where blocks_beside() of launch.cuh finds room for that."""
    step, free = step_seconds(kernel, batch, reached), MULTIPROCESSORS - step_blocks(kernel, batch)
    state = 3 * 4 * (convolutions(kernel) + 15690)
    steps = looks = 0
    for first in 2 * list(range(1 - INTERVAL, -(-60000 // batch), INTERVAL)):
        begin, end = max(first, 0), min(first + INTERVAL, -(-60000 // batch))
        # Arguments go up, and losses come down.
        steps += 2 * COPY + 4 * (end - begin) * (batch + 3) / HOST_BANDWIDTH + LAUNCH + (end - begin) * step
        if first + INTERVAL != end:
            continue
        # The state is copied when the test before is over with the copy.
        steps = max(steps, looks) + HOP + COPY
        beside = TEST <= 2 * (end - begin) * sample_rounds(kernel, batch) * free
        # A count is cleared, and answers come down, and the state.
        looks = steps + HOP + LAUNCH + test_seconds(kernel, free if beside else MULTIPROCESSORS, reached)
        if not beside:
            steps = looks
        looks += 3 * COPY + (45 * TEST + state) / HOST_BANDWIDTH
    return max(steps, looks)


def show(kernel, batch):
    blocks, rounds = sample_blocks(kernel, batch), sample_rounds(kernel, batch)
    print(f"| kernel {kernel}, batch {batch} | µs | bound by |\n|---|---|---|")
    for phase in step_phases(kernel, batch):
        kinds = {"instructions": phase.instructions, "branches": phase.chain, "shared memory": phase.shared, "waiting": phase.waits,
                 "L2 cache": phase.l2 * blocks / L2_BANDWIDTH * CLOCK}
        time = phase.clocks(blocks) / CLOCK * 1e6 * rounds
        print(f"| {phase.name} | {time:.2f} | {max(kinds, key=kinds.get)} |")
    print(f"| reduction and Adam | {update(kernel, batch) / CLOCK * 1e6:.2f} | waiting |")
    print(f"| two grid barriers | {2 * GRID_BARRIER * 1e6:.2f} | |")
    used = step_blocks(kernel, batch)
    print(f"| **a step**, {used} multiprocessors | **{step_seconds(kernel, batch) * 1e6:.1f}** | |")
    free = MULTIPROCESSORS - used
    print(f"| a test of {TEST:,} images on all, on the {free} others |"
          f" {test_seconds(kernel, MULTIPROCESSORS) * 1e6:.0f}, {test_seconds(kernel, free) * 1e6:.0f} | |")
    for reached in (1, 0.9, 0.8):
        print(f"| **two epochs with their tests**, {reached:.0%} of the limits reached |"
              f" **{epochs_seconds(kernel, batch, reached) * 1e3:.1f} ms** | |")
    print()


print(f"At {CLOCK / 1e9:.2f} GHz:\n")
show(3, 100)
show(5, 200)
