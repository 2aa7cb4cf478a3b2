package dev.parley.app.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Bounds;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answers to a call as they come, and how it ended. */
final class Answers implements StreamObserver<byte[]> {
    private final List<byte[]> answers = new ArrayList<>();
    private @Nullable Status end;

    @Override
    public synchronized void onNext(byte[] answer) {
        answers.add(answer);
        notifyAll();
    }

    @Override
    public synchronized void onError(Throwable failed) {
        end = Status.fromThrowable(failed);
        notifyAll();
    }

    @Override
    public synchronized void onCompleted() {
        end = Status.OK;
        notifyAll();
    }

    synchronized List<byte[]> all() {
        return List.copyOf(answers);
    }

    /** Waits for that many answers. */
    synchronized List<byte[]> await(int count) throws InterruptedException {
        long deadlineNs = System.nanoTime() + Bounds.WAIT.toNanos();
        while (answers.size() < count) {
            long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
            if (end != null || leftMs <= 0) {
                throw new AssertionError(
                        "%d answers of %d came; the call ended with %s".formatted(answers.size(), count, end));
            }
            wait(leftMs);
        }
        return all();
    }

    /** Waits for the end, which has to be OK, and answers everything that came. */
    List<byte[]> awaitOk() throws InterruptedException {
        assertThat(awaitEnd()).isEqualTo(Status.OK);
        return all();
    }

    /** Waits for the end. */
    Status.Code awaitStatus() {
        try {
            return awaitEnd().getCode();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private synchronized Status awaitEnd() throws InterruptedException {
        long deadlineNs = System.nanoTime() + Bounds.WAIT.toNanos();
        while (end == null) {
            long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
            if (leftMs <= 0) {
                throw new AssertionError("The call has not ended; %d answers came".formatted(answers.size()));
            }
            wait(leftMs);
        }
        return end;
    }
}
