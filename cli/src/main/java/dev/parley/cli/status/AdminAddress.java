package dev.parley.cli.status;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The admin address of a Parley that runs somewhere, as a client sees it. Any thread. */
public final class AdminAddress implements AutoCloseable {
    /** A Parley that takes longer to say how it is has other worries; whoever looks is told so. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final String address;
    private final URI status;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    /**
     * @param address HOST:PORT
     * @throws IllegalArgumentException where it is not one; its message says so
     */
    public AdminAddress(String address) {
        this.address = address;
        try {
            status = URI.create("http://" + address + "/status");
        } catch (IllegalArgumentException malformed) {
            throw notAnAddress(address);
        }
        if (status.getHost() == null || status.getPort() < 0 || !"/status".equals(status.getPath())) {
            throw notAnAddress(address);
        }
    }

    private static IllegalArgumentException notAnAddress(String address) {
        return new IllegalArgumentException(
                "'%s' is not HOST:PORT. Write 127.0.0.1:9901 or [::1]:9901.".formatted(address));
    }

    /** What came of asking. */
    public sealed interface Answer {}

    /** Parley said how it is. */
    public record Told(LiveStatus status) implements Answer {}

    /** It did not, for a reason that a user can act on. */
    public record Silent(String reason) implements Answer {}

    /** Asks for {@code /status}; the future always ends with an answer, within some seconds. */
    public CompletableFuture<Answer> ask() {
        HttpRequest request = HttpRequest.newBuilder(status).timeout(PATIENCE).build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(PATIENCE.toMillis() * 2, TimeUnit.MILLISECONDS)
                .handle((response, failure) -> failure == null ? answer(response) : new Silent(reason(failure)));
    }

    private static Answer answer(HttpResponse<String> response) {
        if (response.statusCode() != 200) {
            return new Silent("what answers there is not Parley's admin address: status " + response.statusCode());
        }
        try {
            return new Told(LiveStatus.read(response.body()));
        } catch (LiveStatus.NotStatus other) {
            return new Silent("what answers there is not Parley's admin address. " + other.getMessage());
        }
    }

    private static String reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return switch (cause) {
            case HttpTimeoutException _, TimeoutException _ -> "no answer within " + PATIENCE.toSeconds() + " s";
            case ConnectException refused ->
                refused.getCause() instanceof UnresolvedAddressException ? "no such host" : "connection refused";
            case IOException broken -> broken.getMessage() == null ? "the connection broke" : broken.getMessage();
            default -> cause.toString();
        };
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    @Override
    public String toString() {
        return address;
    }
}
