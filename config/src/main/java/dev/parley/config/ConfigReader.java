package dev.parley.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a configuration: files, to trees, to one merged tree, to records of the model, to checks across them. Each step
 * notes all the problems that it can see and hands on what is left, so that a user mends everything in one go.
 *
 * <p>A reader may be used by several threads; it keeps nothing between two readings.
 */
public final class ConfigReader {
    private ConfigReader() {}

    public static ConfigReader create() {
        return new ConfigReader();
    }

    /** Reads a file, or the files directly in a folder, whose maps are joined by name. */
    public Loaded read(Path fileOrFolder) {
        Findings findings = new Findings();
        return load(Sources.read(fileOrFolder, findings), findings);
    }

    /** Reads a text, which messages speak of by the name that is given. */
    public Loaded readText(String name, String text) {
        return load(Sources.text(name, text), new Findings());
    }

    /** Goes on from files that have been read; what was in the way of reading them is in the findings. */
    Loaded load(Sources sources, Findings findings) {
        boolean allRead = findings.count() == 0;
        List<Yaml> trees = new ArrayList<>();
        for (Source source : sources.sources()) {
            YamlTree.read(source, findings).ifPresent(trees::add);
        }
        Draft draft = Draft.of(trees, new Vocabulary(), findings);
        // What an unreadable file defines is not known, and would only be reported as missing.
        if (allRead && trees.size() == sources.sources().size()) {
            draft.check(findings);
        }
        return draft.configuration()
                .filter(whole -> findings.count() == 0)
                .<Loaded>map(whole -> new Loaded.Accepted(whole, sources.paths(), sources.digest()))
                .orElseGet(() -> new Loaded.Rejected(findings.inOrder()));
    }
}
