package dev.parley.app;

import dev.parley.cli.ParleyCli;
import java.util.Map;

/** Where the process begins. */
public final class Main {
    /**
     * What Netty reads when it is loaded. It samples buffers for leaks at two stack traces each, which is for tests; its pooled
     * allocator costs a request a tenth less CPU here than its adaptive one (docs/benchmarks.md). Its events for the flight
     * recorder make the first answer some 60 ms later.
     */
    private static final Map<String, String> NETTY = Map.of(
            "io.netty.leakDetection.level", "disabled",
            "io.netty.allocator.type", "pooled",
            "io.netty.jfr.enabled", "false");

    private Main() {}

    /** Runs a command; {@code train} is the launcher's own, which makes the AOT cache from it. */
    public static void main(String[] args) {
        NETTY.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
        if (args.length == 1 && args[0].equals("train")) {
            Training.run();
            return;
        }
        System.exit(ParleyCli.run(args, new Assembly()));
    }
}
