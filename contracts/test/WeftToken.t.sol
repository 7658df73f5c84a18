// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VestingWalletCliff} from "@openzeppelin/contracts/finance/VestingWalletCliff.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IWeftToken} from "../src/interfaces/IWeftToken.sol";
import {WeftToken} from "../src/WeftToken.sol";
import {Network} from "./support/Network.sol";

contract WeftTokenTest is Network {
    uint256 private start;

    function setUp() public {
        start = block.timestamp;
        deployNetwork();
    }

    function test_theWholeSupplyIsDividedAtGenesis() public view {
        uint256 cap = token.CAP();
        assertEq(token.totalSupply(), cap, "supply");
        assertEq(token.balanceOf(token.TEAM_VESTING()), cap * 15 / 100, "team");
        assertEq(token.balanceOf(token.INVESTORS_VESTING()), cap / 5, "investors");
        assertEq(token.balanceOf(community), cap * 2 / 5, "community");
        assertEq(token.balanceOf(address(0xA4)), cap * 15 / 100, "treasury");
        assertEq(token.balanceOf(address(0xA5)), cap / 10, "liquidity");
    }

    function test_theTeamGetsNothingBeforeTheCliffAndAllInTheEnd() public {
        VestingWalletCliff vesting = VestingWalletCliff(payable(token.TEAM_VESTING()));
        uint256 share = token.balanceOf(address(vesting));
        vm.warp(start + 365 days - 1);
        vesting.release(address(token));
        assertEq(token.balanceOf(address(0xA1)), 0, "before the cliff");
        vm.warp(start + 365 days);
        vesting.release(address(token));
        assertEq(token.balanceOf(address(0xA1)), share / 4, "a quarter of four years");
        vm.warp(start + 4 * 365 days);
        vesting.release(address(token));
        assertEq(token.balanceOf(address(0xA1)), share, "all of it");
    }

    function test_burningLowersTheSupply() public {
        uint256 cap = token.CAP();
        vm.prank(community);
        token.burn(5);
        assertEq(token.totalSupply(), cap - 5, "burned one's own");
        vm.prank(community);
        token.approve(address(this), 7);
        token.burnFrom(community, 7);
        assertEq(token.totalSupply(), cap - 12, "burned what was approved");
        vm.expectRevert();
        token.burnFrom(community, 1);
    }

    function test_spendingSaysWhatIsLeftOfAnAllowance() public {
        vm.prank(community);
        token.approve(address(this), 9);
        vm.expectEmit(address(token));
        emit IERC20.Approval(community, address(this), 5);
        token.transferFrom(community, address(1), 4);
        vm.expectEmit(address(token));
        emit IERC20.Approval(community, address(this), 2);
        token.burnFrom(community, 3);
    }

    function test_aShareWithoutBeneficiaryIsRefused() public {
        vm.expectRevert(IWeftToken.NoBeneficiary.selector);
        new WeftToken(WeftToken.Genesis(address(1), address(2), address(3), address(4), address(0), 1, 1, 2, 2));
        vm.expectRevert(IWeftToken.NoBeneficiary.selector);
        new WeftToken(WeftToken.Genesis(address(1), address(0), address(3), address(4), address(5), 1, 1, 2, 2));
    }

    function test_aPermitCountsOnce() public {
        uint256 key = 7;
        address owner = vm.addr(key);
        bytes32 permit = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 structHash =
            keccak256(abi.encode(permit, owner, address(this), 5, token.nonces(owner), block.timestamp));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        vm.expectEmit(address(token));
        emit IWeftToken.NonceUsed(owner, 0);
        token.permit(owner, address(this), 5, block.timestamp, v, r, s);
        assertEq(token.allowance(owner, address(this)), 5, "allowed");
        assertEq(token.nonces(owner), 1, "nonce");
        vm.expectRevert();
        token.permit(owner, address(this), 5, block.timestamp, v, r, s);
    }
}
