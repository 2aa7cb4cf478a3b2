package dev.parley.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The entry: from arguments to an exit code. */
public final class ParleyCli {
    private static final int WIDTH = 100;

    private final Program program;
    private final PrintWriter out;
    private final PrintWriter err;

    ParleyCli(Program program, PrintWriter out, PrintWriter err) {
        this.program = program;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs a command to its end; {@code up} ends when Parley has stopped.
     *
     * @return an {@link ExitCode}
     */
    public static int run(String[] args, Program program) {
        PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        return new ParleyCli(program, out, err).run(args);
    }

    int run(String... args) {
        return isPlainUp(args) ? up(Path.of(args[2])) : understand(args);
    }

    /**
     * Whether it is {@code up -f FILE}, as whatever starts Parley for good writes it. That needs no picocli, whose classes are
     * too old for an AOT cache to hold: to load them and build its model costs a start 150 ms.
     */
    private static boolean isPlainUp(String[] args) {
        return args.length == 3
                && args[0].equals("up")
                && (args[1].equals("-f") || args[1].equals("--file"))
                && !args[2].startsWith("-");
    }

    private int up(Path path) {
        try {
            return new Serving(program, err).serve(path);
        } catch (InterruptedException | RuntimeException failure) {
            return Failures.tell(failure, err);
        }
    }

    private int understand(String... args) {
        CommandLine line = new CommandLine(new ParleyCommand());
        addCommands(line, args.length == 0 ? "" : args[0]);
        addHelp(line);
        line.getSubcommands().values().forEach(ParleyCli::addHelp);
        line.setOut(out);
        line.setErr(err);
        line.setUsageHelpWidth(WIDTH);
        line.setParameterExceptionHandler(new Mistakes());
        line.setExecutionExceptionHandler(new Failures());
        return line.execute(args);
    }

    private static void addHelp(CommandLine command) {
        command.getCommandSpec()
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Show this help.")
                        .build());
    }

    /**
     * Adds the command that is meant and no other: building one costs milliseconds of reflection, and {@code up} is to
     * be quick. Where none is named, as for help, or the name is not a built-in one, all of them are needed.
     */
    private void addCommands(CommandLine line, String name) {
        Map<String, Supplier<Object>> builtIn = new LinkedHashMap<>();
        builtIn.put("up", () -> new UpCommand(program));
        builtIn.put("check", CheckCommand::new);
        builtIn.put("top", TopCommand::new);
        builtIn.put("schema", SchemaCommand::new);
        builtIn.put("version", VersionCommand::new);
        Supplier<Object> meant = builtIn.get(name);
        if (meant != null) {
            line.addSubcommand(meant.get());
            return;
        }
        builtIn.values().forEach(command -> line.addSubcommand(command.get()));
        for (Verb verb : ServiceLoader.load(Verb.class)) {
            line.addSubcommand(verb.command(program));
        }
    }
}
