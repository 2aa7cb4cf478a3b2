package dev.parley.app.resilience;

import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.OriginRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The endpoints of a service over HTTP/1.1. Which of them is asked first is for the balancer to say, so they answer by the order in
 * which requests come to any of them.
 */
final class Backends implements AutoCloseable {
    private final List<Origin> origins = new ArrayList<>();
    private final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private volatile Answer[] inTurn;

    /** A request that came to an endpoint, by the endpoint's place in the configuration. */
    record Arrival(int endpoint, OriginRequest request) {
        /** What is left of its budget, in milliseconds. */
        int budgetMs() {
            return Integer.parseInt(request.value("Parley-Budget-Ms"));
        }
    }

    private Backends(Answer... inTurn) {
        this.inTurn = inTurn;
    }

    /** Starts endpoints that give these answers in turn, and the last one from then on. */
    static Backends start(int size, Answer... inTurn) throws IOException {
        Backends started = new Backends(inTurn);
        for (int i = 0; i < size; i++) {
            int endpoint = i;
            started.origins.add(Origin.start(request -> started.next(endpoint, request)));
        }
        return started;
    }

    private synchronized Answer next(int endpoint, OriginRequest request) {
        arrivals.add(new Arrival(endpoint, request));
        Answer[] answers = inTurn;
        return answers[Math.min(arrivals.size(), answers.length) - 1];
    }

    /** What all requests from now on are answered. */
    synchronized void answer(Answer always) {
        inTurn = new Answer[] {always};
    }

    /** An answer that a slow endpoint gives: whoever is asked from now on answers so long after now, or at once if that is past. */
    Answer in(Duration time, Answer then) {
        CountDownLatch over = new CountDownLatch(1);
        clock.schedule(over::countDown, time.toMillis(), TimeUnit.MILLISECONDS);
        return Answer.after(over).then(then);
    }

    /** Their addresses as a configuration has them. */
    String addresses() {
        return origins.stream().map(each -> '"' + each.endpoint() + '"').collect(Collectors.joining(", "));
    }

    Origin origin(int endpoint) {
        return origins.get(endpoint);
    }

    /** How many requests came to all of them. */
    int asked() {
        return arrivals.size();
    }

    /** The request that came as the so-manyeth, from 0, once it is there. */
    Arrival arrival(int number) {
        await().atMost(Bounds.WAIT).until(() -> arrivals.size() > number);
        return arrivals.get(number);
    }

    /** How many connections are open to all of them. */
    int openConnections() {
        return origins.stream().mapToInt(Origin::openConnections).sum();
    }

    @Override
    public void close() throws IOException {
        clock.shutdownNow();
        for (Origin origin : origins) {
            origin.close();
        }
    }
}
