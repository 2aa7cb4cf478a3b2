package dev.parley.demo;

import dev.parley.cli.Program;
import dev.parley.cli.Running;
import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.model.Problem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** All that runs in a demo but the load: the services, and Parley before them. Closing it leaves nothing behind. */
final class Stage implements AutoCloseable {
    private final Path folder;
    private final Cast cast;
    private final Running running;

    private Stage(Path folder, Cast cast, Running running) {
        this.folder = folder;
        this.cast = cast;
        this.running = running;
    }

    /** Parley could not be started, for these reasons. */
    static final class CannotSetUp extends Exception {
        private final transient List<Problem> problems;

        CannotSetUp(List<Problem> problems) {
            super(problems.toString());
            this.problems = problems;
        }

        List<Problem> problems() {
            return problems;
        }
    }

    /**
     * Starts the services, and then Parley.
     *
     * @param port of the HTTP listener, 0 for a free one
     */
    static Stage setUp(Program program, int port) throws IOException, InterruptedException, CannotSetUp {
        Path folder = Files.createTempDirectory("parley-demo-");
        Cast cast;
        try {
            cast = Cast.start(folder);
        } catch (IOException | InterruptedException | RuntimeException failure) {
            delete(folder);
            throw failure;
        }
        try {
            return new Stage(folder, cast, startParley(program, port, folder, cast));
        } catch (IOException | InterruptedException | CannotSetUp | RuntimeException failure) {
            cast.close();
            delete(folder);
            throw failure;
        }
    }

    private static Running startParley(Program program, int port, Path folder, Cast cast)
            throws IOException, InterruptedException, CannotSetUp {
        Path file = folder.resolve("parley.yaml");
        Files.writeString(file, DemoConfiguration.text(port, cast.services(), folder.resolve("access.log")));
        Loaded.Accepted accepted = switch (ConfigReader.create().read(file)) {
            case Loaded.Accepted configuration -> configuration;
            case Loaded.Rejected rejected ->
                throw new IllegalStateException("The demo's configuration: " + rejected.problems());
        };
        return switch (program.up(new Program.UpOptions(file, accepted))) {
            case Program.Started started -> started.running();
            case Program.CannotStart reasons -> throw new CannotSetUp(reasons.problems());
        };
    }

    Cast cast() {
        return cast;
    }

    Path folder() {
        return folder;
    }

    InetSocketAddress http() {
        return listener(DemoConfiguration.HTTP_LISTENER);
    }

    InetSocketAddress tcp() {
        return listener(DemoConfiguration.TCP_LISTENER);
    }

    InetSocketAddress admin() {
        return running.admin().orElseThrow();
    }

    private InetSocketAddress listener(String name) {
        SocketAddress address = running.listeners().get(name);
        if (address instanceof InetSocketAddress inet) {
            return inet;
        }
        throw new IllegalStateException("Listener %s is bound to %s.".formatted(name, address));
    }

    @Override
    public void close() {
        try {
            running.stop();
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        } finally {
            cast.close();
            delete(folder);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException leftToTheSystem) {
            // It is a temporary folder: what cannot be deleted is in nobody's way.
        }
    }
}
