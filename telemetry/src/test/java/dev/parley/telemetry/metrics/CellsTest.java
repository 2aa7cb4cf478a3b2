package dev.parley.telemetry.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CellsTest {
    private static final int LOOPS = 4;
    private static final int EVENTS = 300_000;

    @Test
    void losesNothingOfWhatSeveralLoopsCount() throws InterruptedException {
        Cells cells = new Cells(LOOPS, 3);
        List<Thread> loops = new ArrayList<>();
        for (int index = 0; index < LOOPS; index++) {
            int loop = index;
            loops.add(Thread.ofPlatform().start(() -> {
                for (int event = 0; event < EVENTS; event++) {
                    cells.add(loop, 0, 1);
                    cells.add(loop, 2, loop);
                }
            }));
        }
        long seen = 0;
        while (loops.stream().anyMatch(Thread::isAlive)) {
            long sum = cells.sum(0);
            assertThat(sum).as("a counter never goes back").isGreaterThanOrEqualTo(seen);
            seen = sum;
        }
        for (Thread loop : loops) {
            loop.join();
        }
        assertThat(cells.sum(0)).isEqualTo((long) LOOPS * EVENTS);
        assertThat(cells.sum(1)).isZero();
        assertThat(cells.sum(2)).isEqualTo((0L + 1 + 2 + 3) * EVENTS);
    }

    @Test
    void isUnusedUntilALoopCounts() {
        Cells cells = new Cells(LOOPS, 1);
        assertThat(cells.used()).isFalse();
        cells.add(3, 0, 0);
        assertThat(cells.used()).isTrue();
    }
}
