package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
    @TempDir
    Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private List<String> problems(Path path) {
        return switch (ConfigReader.create().read(path)) {
            case Loaded.Accepted accepted -> List.of();
            case Loaded.Rejected rejected ->
                rejected.problems().stream()
                        .map(problem -> problem.render().replace(folder.toString(), "DIR"))
                        .toList();
        };
    }

    @Test
    void joinsMapsByNameInTheOrderOfFiles() throws IOException {
        Path services = write("20-services.yml", "services:\n  b: { endpoints: [127.0.0.1:2] }\n");
        Path first = write("10-edge.yaml", """
                listeners: { edge: { port: 8080 } }
                services: { a: { endpoints: ["127.0.0.1:1"] } }
                """);
        Path routes = write("30.json", """
                {
                \t"routes": {"r": {"listener": "edge", "to": {"a": 1, "b": 3}}}
                }
                """);
        write("notes.txt", "not: configuration");
        write(".hidden.yaml", "not: configuration");
        Files.createDirectory(folder.resolve("below.yaml"));

        Loaded loaded = ConfigReader.create().read(folder);

        assertThat(loaded).isInstanceOfSatisfying(Loaded.Accepted.class, accepted -> {
            assertThat(accepted.files()).containsExactly(first, services, routes);
            assertThat(accepted.configuration().services().keySet()).containsExactly("a", "b");
            assertThat(accepted.digest()).hasSize(64);
        });
    }

    @Test
    void tellsOfANameInTwoFiles() throws IOException {
        write("a.yaml", "services:\n  a: { endpoints: [127.0.0.1:1] }\n");
        write("b.yaml", "drain: 1s\nservices:\n  a: { endpoints: [127.0.0.1:2] }\n");
        write("c.yaml", "drain: 2s\n");

        assertThat(problems(folder))
                .containsExactly(
                        "DIR/b.yaml:3:3 services.a: 'a' is defined a second time, first at DIR/a.yaml:2:3"
                                + " [duplicate-name]. A name stands for one thing in all files. Rename or remove one of"
                                + " the two.",
                        "DIR/c.yaml:1:1 drain: drain is given a second time, first at DIR/b.yaml:1:1 [duplicate-key]."
                                + " Only the maps of named things are joined. Keep one of the two.");
    }

    @Test
    void tellsProblemsOfAllFilesAndNoneThatFollowFromAnUnreadableOne() throws IOException {
        write("a.yaml", "listeners: [\n");
        write("b.yaml", "drain: soon\nroutes:\n  r: { listener: edge, to: a }\n");

        List<String> problems = problems(folder);
        assertThat(problems).hasSize(2);
        assertThat(problems.get(0)).startsWith("DIR/a.yaml:2:1: this is not YAML");
        assertThat(problems.get(1)).startsWith("DIR/b.yaml:1:8 drain: 'soon' is not a duration");
    }

    @Test
    void tellsOfAnEmptyFolder() {
        assertThat(problems(folder))
                .containsExactly("DIR: this folder has no configuration in it [empty-folder]. Files directly in it are"
                        + " read whose names end with .yaml, .yml or .json.");
    }

    @Test
    void tellsOfAMissingPath() {
        assertThat(problems(folder.resolve("edge.yaml")))
                .containsExactly("DIR/edge.yaml: there is no such file or folder [missing-file]. Check the path that"
                        + " was given.");
    }

    @Test
    void tellsOfALinkToNothing() throws IOException {
        Files.createSymbolicLink(folder.resolve("edge.yaml"), folder.resolve("gone"));

        assertThat(problems(folder)).singleElement().asString().contains("[missing-file]");
    }

    @Test
    void tellsOfBytesThatAreNotUtf8() throws IOException {
        Files.write(folder.resolve("edge.yaml"), new byte[] {'a', ':', '\n', 'b', ':', ' ', (byte) 0xff});

        assertThat(problems(folder))
                .containsExactly("DIR/edge.yaml:2:4: a byte here is not UTF-8 [not-utf-8]. Configurations are UTF-8."
                        + " Save the file in that encoding.");
    }

    @Test
    void tellsOfAFileThatIsTooLarge() throws IOException {
        write("edge.yaml", "#".repeat((16 << 20) + 1));

        assertThat(problems(folder)).singleElement().asString().contains("larger than 16 MiB [file-too-large]");
    }
}
