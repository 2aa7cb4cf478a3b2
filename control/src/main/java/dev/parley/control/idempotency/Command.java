package dev.parley.control.idempotency;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the store's thread is asked to do. */
sealed interface Command {
    /** The record that it is about, of which a batch holds one command. */
    KeyId id();

    /** Somebody wants a key. */
    final class Claiming implements Command, Ticket {
        final KeyId id;
        final Claim claim;
        final Consumer<Claimed> told;
        private final Consumer<Command> queue;
        private volatile boolean abandoned;

        Claiming(Claim claim, Consumer<Claimed> told, Consumer<Command> queue) {
            this.id = new KeyId(claim.id());
            this.claim = claim;
            this.told = told;
            this.queue = queue;
        }

        @Override
        public KeyId id() {
            return id;
        }

        boolean abandoned() {
            return abandoned;
        }

        @Override
        public void abandon() {
            abandoned = true;
            queue.accept(new Abandoning(this));
        }
    }

    /** Who wanted a key is gone. */
    record Abandoning(Claiming claiming) implements Command {
        @Override
        public KeyId id() {
            return claiming.id;
        }
    }

    /** A key's request ended. */
    record Settling(
            InFlight inFlight,
            How how,
            byte @Nullable [] answer,
            @Nullable Consumer<Boolean> told) implements Command {
        enum How {
            ANSWERED,
            TOO_LARGE,
            RELEASED,
            UNKNOWN
        }

        @Override
        public KeyId id() {
            return inFlight.id;
        }

        void tell(boolean stored) {
            if (told != null) {
                told.accept(stored);
            }
        }
    }
}
