//! Matrix products and convolutions allocate nothing after the first call of a size.

use macrograd_runtime::ops::conv2d::{Conv2d, Layout, conv2d, conv2d_grad_input, conv2d_grad_weight};
use macrograd_runtime::ops::matmul::{Matmul, matmul};
use std::alloc::{GlobalAlloc, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, counting.
struct Counting;

static NUM_ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator, whose guarantees are those required.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: std::alloc::Layout) -> *mut u8 {
        NUM_ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's obligations are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: std::alloc::Layout) {
        // SAFETY: the caller's obligations are the same; `pointer` came from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn products() -> impl FnMut() {
    let plain = Matmul {
        batch: 1,
        m: 110,
        k: 540,
        n: 200,
        transpose_a: false,
        transpose_b: false,
        shared_a: false,
        shared_b: false,
        accumulate: false,
    };
    let shapes = [
        plain,
        Matmul { transpose_a: true, transpose_b: true, ..plain },
        Matmul { batch: 20, m: 20, k: 30, n: 40, transpose_b: true, ..plain },
        Matmul { m: 1, ..plain },
        Matmul { m: 5, transpose_b: true, ..plain },
    ];
    let (a, b, mut out) = (vec![0.5; 60_000], vec![0.25; 110_000], vec![0.0; 22_000]);
    move || {
        for shape in &shapes {
            let (a, b) = (&a[..shape.batch * shape.m * shape.k], &b[..shape.batch * shape.k * shape.n]);
            matmul(&mut out[..shape.batch * shape.m * shape.n], a, b, shape);
        }
    }
}

fn convolutions() -> impl FnMut() {
    let many_images = Conv2d {
        batch: 40,
        in_channels: 4,
        height: 12,
        width: 12,
        out_channels: 7,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
        dilation: [1, 1],
        groups: 1,
        layout: Layout::Nchw,
    };
    let convs = [
        many_images,
        Conv2d { stride: [2, 2], ..many_images },
        Conv2d { batch: 1, in_channels: 32, out_channels: 32, height: 20, width: 20, ..many_images },
    ];
    let mut buffers = convs.map(|conv| {
        let input = vec![0.5; conv.batch * conv.in_channels * conv.height * conv.width];
        let weight = vec![0.25; conv.out_channels * conv.in_channels * 9];
        (input, weight, vec![0.0; conv.batch * conv.out_channels * conv.out_height() * conv.out_width()])
    });
    move || {
        for (conv, (input, weight, output)) in convs.iter().zip(&mut buffers) {
            conv2d(output, input, weight, conv);
            conv2d_grad_weight(weight, output, input, conv);
            conv2d_grad_input(input, output, weight, conv);
        }
    }
}

#[test]
fn nothing_is_allocated_after_the_first_call() {
    for num_threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(num_threads).build();
        let (mut products, mut convolutions) = (products(), convolutions());
        let mut step = || {
            products();
            convolutions();
        };
        let allocations = pool.expect("threads can be started").install(|| {
            // The first call sizes the scratch; the pool's own queues may grow in a few more.
            (0..5).for_each(|_| step());
            let before = NUM_ALLOCATIONS.load(Ordering::Relaxed);
            (0..5).for_each(|_| step());
            NUM_ALLOCATIONS.load(Ordering::Relaxed) - before
        });
        assert_eq!(allocations, 0, "with {num_threads} threads");
    }
}
