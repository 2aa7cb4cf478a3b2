package dev.parley.control.idempotency;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A key whose request is being executed by this process, and who waits for its answer. Its waiters belong to the store's thread. */
final class InFlight {
    final KeyId id;
    final Claim claim;
    final ArrayDeque<Command.Claiming> waiters = new ArrayDeque<>();
    private final Consumer<Command> queue;

    InFlight(KeyId id, Claim claim, Consumer<Command> queue) {
        this.id = id;
        this.claim = claim;
        this.queue = queue;
    }

    /** A new holder of the key; the one before has ended. */
    Hold hold() {
        return new Holder();
    }

    private final class Holder implements Hold {
        private final AtomicBoolean ended = new AtomicBoolean();

        @Override
        public void answered(byte[] answer, Consumer<Boolean> told) {
            end(Command.Settling.How.ANSWERED, answer, told);
        }

        @Override
        public void answeredTooLarge(Consumer<Boolean> told) {
            end(Command.Settling.How.TOO_LARGE, null, told);
        }

        @Override
        public void release() {
            end(Command.Settling.How.RELEASED, null, null);
        }

        @Override
        public void unknown() {
            end(Command.Settling.How.UNKNOWN, null, null);
        }

        private void end(Command.Settling.How how, byte @Nullable [] answer, @Nullable Consumer<Boolean> told) {
            if (ended.compareAndSet(false, true)) {
                queue.accept(new Command.Settling(InFlight.this, how, answer, told));
            }
        }
    }
}
