using Mizzen.EndToEnd.Tests.Support;
using Mizzen.Testing;

namespace Mizzen.EndToEnd.Tests;

/// <summary>A machine that forbids namespaces: made of a user namespace in which there may be no mount namespace more.</summary>
public sealed class ForbiddenNamespaceTests
{
    public static TheoryData<string> Users => [.. TestUser.All];

    [Theory]
    [MemberData(nameof(Users))]
    public async Task Up_says_which_setting_forbids_them_and_the_command_that_allows_them(string user)
    {
        var home = Directory.CreateTempSubdirectory("mizzen-forbidden-").FullName;
        File.SetUnixFileMode(home, (UnixFileMode)0b111_111_111);
        string[] forbidden = ["unshare", "--user", "--map-root-user", "sh", "-c", "echo 0 >/proc/sys/user/max_mnt_namespaces; exec \"$@\"", "sh"];
        string[] up = [Repository.PathOf("artifacts", "mizzen", "mizzen"), "up", "--name", "forbidden", "--gateway-port", "0"];

        var result = await Command.RunAsync([.. TestUser.Command(user), .. forbidden, .. up], new Dictionary<string, string> { ["MIZZEN_HOME"] = home, ["HOME"] = home }, TestContext.Current.CancellationToken);

        Assert.Contains(
            "this machine does not allow namespaces: user.max_mnt_namespaces is 0; allow them:  sudo sysctl -w user.max_mnt_namespaces=10000", result.Failed(), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(home));
        Directory.Delete(home);
    }
}
