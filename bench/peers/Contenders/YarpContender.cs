using System.Globalization;

namespace Mizzen.Bench.Peers.Contenders;

internal sealed class YarpContender : Contender
{
    public override string Name => "yarp";

    public override int WarmUpSeconds => 10;

    public override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["DOTNET_PROCESSOR_COUNT"] = "1",
        ["DOTNET_TieredPGO"] = "1",
    };

    public override bool Speaks(Wiring wiring) => wiring == Wiring.Http1;

    public override IReadOnlyList<string> Command(Site site) =>
    [
        "dotnet", typeof(YarpContender).Assembly.Location, "yarp",
        site.Port.ToString(CultureInfo.InvariantCulture), site.Backend.ToString(CultureInfo.InvariantCulture),
    ];
}
