package dev.parley.proxy.resilience;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.function.IntConsumer;

/** Runs the same on several threads that begin together. */
final class Threads {
    private Threads() {}

    static void run(int count, IntConsumer body) throws InterruptedException {
        CyclicBarrier start = new CyclicBarrier(count);
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            int thread = index;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    start.await();
                    body.accept(thread);
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.peek());
        }
    }
}
