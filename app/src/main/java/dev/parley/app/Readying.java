package dev.parley.app;

import dev.parley.telemetry.admin.Readiness;
import java.util.List;

/** From started to ready to draining. Ready is said once the data path is warm. */
final class Readying implements Readiness {
    private enum Phase {
        WARMING,
        READY,
        DRAINING
    }

    private final WarmUp.Amount warmUp;
    private volatile Phase phase = Phase.WARMING;

    Readying(WarmUp.Amount warmUp) {
        this.warmUp = warmUp;
    }

    /** Warms up beside the traffic that may come already. */
    void begin() {
        Thread.ofPlatform().name("parley-warm-up").daemon().start(() -> {
            try {
                WarmUp.run(warmUp);
            } finally {
                // A warm-up that failed leaves Parley cold, not out of service.
                if (phase == Phase.WARMING) {
                    phase = Phase.READY;
                }
            }
        });
    }

    void drain() {
        phase = Phase.DRAINING;
    }

    boolean draining() {
        return phase == Phase.DRAINING;
    }

    @Override
    public List<String> reasonsAgainst() {
        return switch (phase) {
            case WARMING -> List.of("The data path is warming up.");
            case READY -> List.of();
            case DRAINING -> List.of("Parley is draining.");
        };
    }
}
