namespace Mizzen.Demo;

/// <summary>The nine steps of <c>samples/time</c>, in order.</summary>
internal static class TourSteps
{
    private const string Failing = "fail: 0.3";
    private const string Developer = "x-dev-user: jason";

    /// <summary>A share that a cascade with three dice of 0.3 cannot reach by chance, and healed traffic cannot miss.</summary>
    private const double Healed = 0.85;

    public static IReadOnlyList<TourStep> All { get; } =
    [
        new(1, "Scale the backend to five replicas over four nodes", ScaleAsync),
        new(2, "Open the gateway", OpenGatewayAsync),
        new(3, "Close the way out, then let one known host through", ControlEgressAsync),
        new(4, "Name the versions and pin everything to prod", PinAsync),
        new(5, "One developer meets the canary in the middle of the chain", RouteDeveloperAsync),
        new(6, "A canary release: 80 % prod, 20 % canary", SplitAsync),
        new(7, "Failures cascade: every tier fails three times in ten", CascadeAsync),
        new(8, "Retries heal the cascade", HealAsync),
        new(9, "Inject delays and failures without touching the app", InjectFaultsAsync),
    ];

    private static async Task ScaleAsync(TourGuide guide, CancellationToken cancellationToken)
    {
        await guide.ApplyAsync("1-scale.yaml", cancellationToken);
        await guide.UntilReadyAsync("backend-prod", cancellationToken);
        var perNode = (await guide.PodsAsync("app=backend", cancellationToken))
            .GroupBy(pod => (string?)pod["spec"]?["nodeName"] ?? "no node")
            .OrderByDescending(node => node.Count());
        guide.Tell("pods per node: " + string.Join(", ", perNode.Select(node => $"{node.Key} {node.Count()}")));
    }

    private static async Task OpenGatewayAsync(TourGuide guide, CancellationToken cancellationToken)
    {
        var before = await guide.AskAsync(cancellationToken);
        guide.Tell($"before: {(before.Status == 0 ? "no answer" : before.Status.ToString(System.Globalization.CultureInfo.InvariantCulture))}");
        await guide.ApplyAsync("2-gateway.yaml", cancellationToken);
        var after = await guide.UntilAsync(answer => answer.IsSuccess, "the app answers on the gateway port", cancellationToken);
        TellAnswer(guide, after);
    }

    private static async Task ControlEgressAsync(TourGuide guide, CancellationToken cancellationToken)
    {
        await guide.ApplyAsync("3a-registry-only.yaml", cancellationToken);
        var refused = await guide.UntilAsync(answer => !answer.IsSuccess, "the outside time service is refused", cancellationToken);
        TellAnswer(guide, refused);
        await guide.ApplyAsync("3b-service-entry.yaml", cancellationToken);
        await guide.UntilSampleAsync(20, sample => sample.SuccessRate >= 1, "the outside time service answers again", [], cancellationToken);
        guide.Tell($"after the ServiceEntry: {Measurement.Percent((await guide.MeasureAsync(cancellationToken)).SuccessRate)} of {TourGuide.Requests} requests succeed");
    }

    private static async Task PinAsync(TourGuide guide, CancellationToken cancellationToken)
    {
        guide.Tell($"before: {(await guide.MeasureAsync(cancellationToken)).Versions()}");
        await guide.ApplyAsync("4-subsets.yaml", cancellationToken);
        await guide.UntilSampleAsync(20, sample => sample.ShareOf("prod") >= 1, "only middleware-prod answers", [], cancellationToken);
        guide.Tell($"after:  {(await guide.MeasureAsync(cancellationToken)).Versions()}");
    }

    private static async Task RouteDeveloperAsync(TourGuide guide, CancellationToken cancellationToken)
    {
        await guide.ApplyAsync("5-header.yaml", cancellationToken);
        await guide.UntilSampleAsync(20, sample => sample.ShareOf("canary") >= 1, "the developer meets middleware-canary", [Developer], cancellationToken);
        guide.Tell($"with '{Developer}': {(await guide.MeasureAsync(cancellationToken, Developer)).Versions()}");
        guide.Tell($"everybody else:          {(await guide.MeasureAsync(cancellationToken)).Versions()}");
    }

    private static async Task SplitAsync(TourGuide guide, CancellationToken cancellationToken)
    {
        await guide.ApplyAsync("6-weights.yaml", cancellationToken);
        await guide.UntilSampleAsync(20, sample => sample.ShareOf("canary") > 0, "the canary answers too", [], cancellationToken);
        guide.Tell($"shares of {TourGuide.Requests} requests: {(await guide.MeasureAsync(cancellationToken)).Versions()}");
    }

    private static async Task CascadeAsync(TourGuide guide, CancellationToken cancellationToken)
    {
        guide.Tell($"without the header: {Measurement.Percent((await guide.MeasureAsync(cancellationToken)).SuccessRate)} succeed");
        var failing = await guide.MeasureAsync(cancellationToken, Failing);
        guide.Tell($"with '{Failing}':    {Measurement.Percent(failing.SuccessRate)} succeed (0.7 x 0.7 x 0.7 = 34.3 %)");
    }

    private static async Task HealAsync(TourGuide guide, CancellationToken cancellationToken)
    {
        guide.Tell($"before: {Measurement.Percent((await guide.MeasureAsync(cancellationToken, Failing)).SuccessRate)} of the requests with '{Failing}' succeed");
        await guide.ApplyAsync("8-retries.yaml", cancellationToken);
        await guide.UntilSampleAsync(40, sample => sample.SuccessRate >= Healed, "retries heal the failures", [Failing], cancellationToken);
        guide.Tell($"after:  {Measurement.Percent((await guide.MeasureAsync(cancellationToken, Failing)).SuccessRate)}");
    }

    private static async Task InjectFaultsAsync(TourGuide guide, CancellationToken cancellationToken)
    {
        await guide.ApplyAsync("9-faults.yaml", cancellationToken);
        await guide.UntilSampleAsync(20, sample => sample.Share(IsDelayed) > 0, "delays are injected", [], cancellationToken);
        var faulty = await guide.MeasureAsync(cancellationToken);
        guide.Tell($"delayed by 2 s: {Measurement.Percent(faulty.Share(IsDelayed))} (50 % asked), "
            + $"answered 503: {Measurement.Percent(faulty.Share(answer => answer.Status == 503))} (10 % asked)");
        await guide.ApplyAsync("8-retries.yaml", cancellationToken);
        await guide.UntilSampleAsync(20, sample => sample.SuccessRate >= 1 && sample.Share(IsDelayed) == 0, "the faults are gone", [], cancellationToken);
        guide.Tell("healed again");
    }

    private static bool IsDelayed(Answer answer) => answer.Duration >= TimeSpan.FromSeconds(2);

    private static void TellAnswer(TourGuide guide, Answer answer)
    {
        guide.Tell($"answer: {answer.Status}");
        foreach (var line in answer.Body.TrimEnd().Split('\n'))
        {
            guide.Tell("  " + line);
        }
    }
}
