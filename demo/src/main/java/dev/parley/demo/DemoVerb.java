package dev.parley.demo;

import dev.parley.cli.Program;
import dev.parley.cli.Verb;

/** Makes {@code demo} a command of {@code parley}. */
public final class DemoVerb implements Verb {
    @Override
    public Object command(Program program) {
        return new DemoCommand(program);
    }
}
