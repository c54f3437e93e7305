using System.Text.Json.Nodes;
using Mizzen.EndToEnd.Tests.Support;
using Mizzen.Testing;

namespace Mizzen.EndToEnd.Tests;

/// <summary>Verbs of the shipped program that need no cluster.</summary>
public sealed class OfflineVerbTests : IDisposable
{
    private const string Good = """
        apiVersion: v1
        kind: Service
        metadata: {name: reviews, namespace: default}
        spec: {selector: {app: reviews}, ports: [{name: http, port: 9080}]}
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: reviews, namespace: default}
        spec:
          hosts: [reviews]
          http:
          - route:
            - destination: {host: reviews}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-verbs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Valid_files_are_said_to_be_valid() =>
        Assert.Equal("2 objects valid\n", (await MizzenAsync("validate", "-f", Write("good.yaml", Good))).Succeeded());

    [Fact]
    public async Task A_misspelt_field_is_named_with_its_line_and_the_name_that_was_meant()
    {
        var file = Write("bad.yaml", Good.Replace("destination:", "destnation:", StringComparison.Ordinal));
        var result = await MizzenAsync("validate", "-f", file);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"Error [MZ0004] (VirtualService default/reviews {file}:13) unknown field \"spec.http[0].route[0].destnation\"\n      fix: did you mean destination?", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_is_validated_too()
    {
        var result = await MizzenAsync(["validate", "-f", "-", "-o", "json"], "kind: [");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("MZ0001", (string?)JsonNode.Parse(result.Output)![0]!["code"]);
    }

    [Fact]
    public async Task Analysis_of_files_ends_with_istioctls_exit_code_and_form()
    {
        var file = Write("bad.yaml", Good.Replace("destination: {host: reviews}", "destination: {host: nowhere}", StringComparison.Ordinal));
        var result = await MizzenAsync("analyze", "--use-kube=false", file);
        Assert.Equal(79, result.ExitCode);
        Assert.Contains($"Error [IST0101] (VirtualService default/reviews {file}:13) Referenced host not found: \"nowhere\"", result.Output, StringComparison.Ordinal);
        Assert.Contains("Analyzers found issues", result.Errors, StringComparison.Ordinal);

        Assert.Equal(0, (await MizzenAsync("analyze", "--use-kube=false", file, "--suppress", "IST0101=VirtualService *.default")).ExitCode);
        var json = JsonNode.Parse((await MizzenAsync("analyze", "--use-kube=false", file, "-o", "json")).Output)!.AsArray();
        Assert.Contains(json, finding => (string?)finding!["code"] == "IST0101" && (string?)finding["origin"] == "VirtualService default/reviews" && (string?)finding["level"] == "Error");
    }

    [Fact]
    public async Task Files_without_a_mistake_have_no_findings() =>
        Assert.Equal("✔ No validation issues found when analyzing the files.\n", (await MizzenAsync("analyze", "--use-kube=false", "-f", Write("good.yaml", Good))).Succeeded());

    [Fact]
    public async Task The_sample_is_without_mistakes() =>
        (await MizzenAsync("analyze", "--use-kube=false", "-R", Repository.PathOf("samples", "time"))).Succeeded();

    [Fact]
    public async Task Analyzers_are_listed() =>
        Assert.Contains("* virtualservice.DestinationHostAnalyzer:\n", (await MizzenAsync("analyze", "-L")).Succeeded(), StringComparison.Ordinal);

    [Theory]
    [InlineData("there is no such file", "validate", "-f", "/nowhere.yaml")]
    [InlineData("which files?", "validate")]
    [InlineData("name files", "analyze", "--use-kube=false")]
    [InlineData("which proxy?", "proxy-config", "routes")]
    [InlineData("there is no such file", "proxy-config", "all", "--file", "/nowhere.json")]
    [InlineData("no cluster named nobody is running", "proxy-status", "--local-cluster", "nobody")]
    [InlineData("is no URL", "explain", "GET", "http://", "--from", "web")]
    [InlineData("write a header like", "explain", "GET", "http://a/", "--from", "web", "-H", "x")]
    [InlineData("write a time like 10m", "diff", "-f", "-", "--replay", "soon")]
    public async Task What_cannot_be_done_says_what_to_do(string message, params string[] arguments) =>
        Assert.Contains(message, (await MizzenAsync(arguments)).Failed(), StringComparison.Ordinal);

    [Theory]
    [InlineData("proxy-status")]
    [InlineData("proxy-config")]
    [InlineData("validate")]
    [InlineData("analyze")]
    [InlineData("explain")]
    [InlineData("diff")]
    public async Task Every_verb_has_examples(string verb) => Assert.Contains("Examples:\n  ", (await MizzenAsync(verb, "--help")).Succeeded(), StringComparison.Ordinal);

    [Fact]
    public async Task Verbs_and_options_are_completed() =>
        Assert.Contains("--use-kube", (await MizzenAsync("[suggest:19]", "mizzen analyze --us")).Succeeded(), StringComparison.Ordinal);

    private static Task<CommandResult> MizzenAsync(params string[] arguments) => MizzenAsync(arguments, "");

    private static Task<CommandResult> MizzenAsync(string[] arguments, string input) => Command.RunAsync(
        [Repository.PathOf("mizzen"), .. arguments], new Dictionary<string, string> { ["KUBECONFIG"] = "", ["MIZZEN_HOME"] = Path.Combine(Path.GetTempPath(), "mizzen-nobody") }, TestContext.Current.CancellationToken, input);

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
